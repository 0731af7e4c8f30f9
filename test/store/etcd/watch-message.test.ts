/** Our reading of etcd's Watch against the protobuf library's, on any content; and on broken octets. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeWatchReply,
  encodeWatchRequest,
  type WatchRequest,
} from '../../../src/store/etcd/watch-message.ts';
import { protoCodec } from './proto-codec.ts';

const Watch = protoCodec('etcdserverpb.Watch', 'Watch');

const octets = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const revision = fc.maxSafeNat();
const event = fc.record({
  type: fc.constantFrom('Put', 'Delete'),
  kv: fc.record({
    key: octets,
    value: octets,
    create_revision: revision.map(String),
    mod_revision: revision.map(String),
    version: fc.nat().map(String),
    lease: fc.oneof(fc.constant('0'), fc.bigInt(1n, 2n ** 63n - 1n).map(String)),
  }),
});
const reply = fc.record({
  header: revision.map((at) => ({ cluster_id: '12345678901234567890', revision: String(at) })),
  watch_id: fc.integer({ min: -1, max: 1_000_000 }).map(String),
  created: fc.boolean(),
  canceled: fc.boolean(),
  compact_revision: revision.map(String),
  cancel_reason: fc.constantFrom('', 'etcdserver: mvcc: required revision has been compacted'),
  fragment: fc.boolean(),
  events: fc.array(event, { maxLength: 20 }),
});

test('a reply says the same', () => {
  fc.assert(
    fc.property(reply, (given) => {
      expect(decodeWatchReply(Watch.responseSerialize(given))).toEqual({
        revision: Number(given.header.revision),
        watchId: Number(given.watch_id),
        isCreated: given.created,
        isCancelled: given.canceled,
        compactRevision: Number(given.compact_revision),
        cancelReason: given.cancel_reason,
        isFragment: given.fragment,
        events: given.events.map(({ type, kv }) => ({
          revision: Number(kv.mod_revision),
          change: {
            key: kv.key.toString('latin1'),
            stored:
              type === 'Delete'
                ? undefined
                : {
                    value: kv.value.toString('latin1'),
                    modRevision: Number(kv.mod_revision),
                    createRevision: Number(kv.create_revision),
                    ...(kv.lease !== '0' && { leaseId: kv.lease }),
                  },
          },
        })),
      });
    }),
  );
});

const create = fc.record(
  {
    kind: fc.constant('create' as const),
    watchId: fc.nat(),
    key: octets,
    rangeEnd: octets,
    startRevision: revision,
    wantsProgress: fc.boolean(),
    mayFragment: fc.boolean(),
  },
  { requiredKeys: ['kind', 'watchId', 'key'] },
);

test('a request to watch says the same', () => {
  fc.assert(
    fc.property(create, (given) => {
      expect(Watch.requestDeserialize(encodeWatchRequest(given))).toMatchObject({
        request_union: 'create_request',
        create_request: {
          key: given.key,
          range_end: given.rangeEnd ?? Buffer.alloc(0),
          start_revision: String(given.startRevision ?? 0),
          progress_notify: given.wantsProgress ?? false,
          watch_id: String(given.watchId),
          fragment: given.mayFragment ?? false,
        },
      });
    }),
  );
});

test('so do the others', () => {
  const said = (request: WatchRequest) => Watch.requestDeserialize(encodeWatchRequest(request));
  expect(said({ kind: 'progress' })).toMatchObject({ request_union: 'progress_request' });
  expect(said({ kind: 'cancel', watchId: 1_000_000 })).toMatchObject({
    request_union: 'cancel_request',
    cancel_request: { watch_id: '1000000' },
  });
});

test('broken octets are refused or read, and nothing else', () => {
  const sent = reply.map((given) => Watch.responseSerialize(given));
  fc.assert(
    fc.property(sent, fc.nat(), fc.nat(255), fc.boolean(), (given, at, octet, isCut) => {
      const place = at % Math.max(1, given.length);
      const broken = Buffer.from(isCut ? given.subarray(0, place) : given);
      if (!isCut && broken.length > 0) broken[place] = octet;
      try {
        decodeWatchReply(broken);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});
