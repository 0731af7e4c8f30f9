/** Our reading of etcd's Range against the protobuf library's, on any content; and on broken octets. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRangeReply, encodeRangeRequest } from '../../../src/store/etcd/range-message.ts';
import { protoCodec } from './proto-codec.ts';

const Range = protoCodec('etcdserverpb.KV', 'Range');

const octets = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const revision = fc.maxSafeNat();
const pair = fc.record({
  key: octets,
  value: octets,
  create_revision: revision.map(String),
  mod_revision: revision.map(String),
  version: fc.nat().map(String),
  lease: fc.oneof(fc.constant('0'), fc.bigInt(1n, 2n ** 63n - 1n).map(String)),
});

test('a reply says the same', () => {
  fc.assert(
    fc.property(revision, fc.boolean(), fc.array(pair, { maxLength: 20 }), (at, more, kvs) => {
      const header = { cluster_id: '12345678901234567890', revision: String(at), raft_term: '3' };
      const reply = decodeRangeReply(
        Range.responseSerialize({ header, kvs, more, count: String(kvs.length) }),
      );
      expect(reply.revision).toBe(at);
      expect(reply.more).toBe(more);
      expect(reply.pairs).toEqual(
        kvs.map(({ key, value, mod_revision, create_revision, lease }) => [
          key.toString('latin1'),
          {
            value: value.toString('latin1'),
            modRevision: Number(mod_revision),
            createRevision: Number(create_revision),
            ...(lease !== '0' && { leaseId: lease }),
          },
        ]),
      );
    }),
  );
});

test('a request says the same', () => {
  fc.assert(
    fc.property(octets, octets, fc.nat(), revision, fc.boolean(), (...given) => {
      const [key, rangeEnd, limit, at, keysOnly] = given;
      const sent = encodeRangeRequest({ key, rangeEnd, limit, revision: at, keysOnly });
      expect(Range.requestDeserialize(sent)).toMatchObject({
        key,
        range_end: rangeEnd,
        limit: String(limit),
        revision: String(at),
        keys_only: keysOnly,
      });
    }),
  );
});

test('any octets are a reply or a RangeError, and soon', () => {
  fc.assert(
    fc.property(octets, (bytes) => {
      try {
        decodeRangeReply(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 2000 },
  );
});
