/** Our writing of etcd's Txn against the protobuf library's reading, on any content; and its reply. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeTxnReply, encodeTxnRequest } from '../../../src/store/etcd/txn-message.ts';
import { protoCodec } from './proto-codec.ts';

const Txn = protoCodec('etcdserverpb.KV', 'Txn');

const octets = fc
  .uint8Array({ maxLength: 300 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));
const revision = fc.oneof(fc.constant(0), fc.maxSafeNat());
const compare = fc.oneof(
  fc.record({ key: octets, modRevision: revision }),
  fc.record({ key: octets, createRevision: revision }),
);
const commit = fc.record({
  compares: fc.array(compare, { maxLength: 8 }),
  puts: fc.array(fc.record({ key: octets, value: octets }), { maxLength: 8 }),
  deletes: fc.array(octets, { maxLength: 8 }),
});

function bufferOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

test('a request says the same', () => {
  fc.assert(
    fc.property(commit, fc.constantFrom('', '/ours'), (given, namespace) => {
      const key = (text: string) => bufferOf(namespace + text);
      const read = Txn.requestDeserialize(encodeTxnRequest({ commit: given, namespace }));
      const { compares, puts, deletes } = given;
      expect(read).toMatchObject({
        compare: compares.map((one) => ({
          result: 'Equal',
          key: key(one.key),
          ...('modRevision' in one
            ? { target: 'Mod', mod_revision: String(one.modRevision) }
            : { target: 'Create', create_revision: String(one.createRevision) }),
        })),
        success: [
          ...puts.map((put) => ({
            request: 'request_put',
            request_put: { key: key(put.key), value: bufferOf(put.value), lease: '0' },
          })),
          ...deletes.map((one) => ({
            request: 'request_delete_range',
            request_delete_range: { key: key(one), range_end: Buffer.alloc(0) },
          })),
        ],
        failure: [],
      });
    }),
  );
});

const reply = fc.record({
  header: revision.map((at) => ({ cluster_id: '12345678901234567890', revision: String(at) })),
  succeeded: fc.boolean(),
  responses: fc.array(
    fc.constantFrom(
      { response_put: { header: { revision: '7' } } },
      { response_delete_range: { header: { revision: '9' }, deleted: '3' } },
    ),
  ),
});

test('a reply says the same', () => {
  fc.assert(
    fc.property(reply, (given) => {
      expect(decodeTxnReply(Txn.responseSerialize(given))).toEqual({
        revision: Number(given.header.revision),
        isCommitted: given.succeeded,
      });
    }),
  );
});

test('any octets are a reply or a RangeError, and soon', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        decodeTxnReply(Buffer.from(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 2000 },
  );
});
