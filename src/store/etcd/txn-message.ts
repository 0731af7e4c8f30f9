/**
 * Txn of etcd's KV service on the wire (protobuf, etcd api/etcdserverpb/rpc.proto), written straight
 * from a commit. Our choice over etcd3's writing for this message, too: it makes buffers and objects
 * of each key, and four objects of each operation in the reply, of which nobody reads any.
 */

import type { StoreCommit, StoreCompare } from '../record-store.ts';
import { FieldReader, FieldWriter, numberSize, octetsSize } from './protobuf-fields.ts';
import { revisionOf } from './range-message.ts';

export interface TxnRequest {
  readonly commit: StoreCommit;
  /** Before each key. */
  readonly namespace: string;
}

export interface TxnReply {
  readonly revision: number;
  /** Every compare held. */
  readonly isCommitted: boolean;
}

/** Compare.CompareTarget. */
const CREATE = 1;
const MOD = 2;

/**
 * TxnRequest: compare = 1, success = 2. Compare: result = 1 (EQUAL = 0: not said), target = 2,
 * key = 3, create_revision = 5, mod_revision = 6. RequestOp: request_put = 2 (key = 1, value = 2),
 * request_delete_range = 3 (key = 1).
 */
export function encodeTxnRequest({ commit, namespace }: TxnRequest): Buffer {
  const { compares, puts, deletes } = commit;
  const keySize = (field: number, key: string) => octetsSize(field, namespace.length + key.length);
  const compareSize = (compare: StoreCompare) => {
    const { target, field, revision } = comparing(compare);
    return numberSize(2, target) + keySize(3, compare.key) + numberSize(field, revision);
  };
  const putSize = ({ key, value }: StoreCommit['puts'][number]) =>
    keySize(1, key) + octetsSize(2, value.length);
  let size = 0;
  for (const compare of compares) size += octetsSize(1, compareSize(compare));
  for (const put of puts) size += octetsSize(2, octetsSize(2, putSize(put)));
  for (const key of deletes) size += octetsSize(2, octetsSize(3, keySize(1, key)));
  const writer = new FieldWriter(size);
  for (const compare of compares) {
    const { target, field, revision } = comparing(compare);
    writer.begin(1, compareSize(compare));
    writer.number(2, target);
    writer.octets(3, namespace, compare.key);
    writer.number(field, revision);
  }
  for (const put of puts) {
    const inner = putSize(put);
    writer.begin(2, octetsSize(2, inner));
    writer.begin(2, inner);
    writer.octets(1, namespace, put.key);
    writer.octets(2, '', put.value);
  }
  for (const key of deletes) {
    const inner = keySize(1, key);
    writer.begin(2, octetsSize(3, inner));
    writer.begin(3, inner);
    writer.octets(1, namespace, key);
  }
  return writer.end();
}

/** TxnResponse: header = 1, succeeded = 2. Throws RangeError for octets that are no such message. */
export function decodeTxnReply(octets: Buffer): TxnReply {
  const reader = new FieldReader(octets, 0, octets.length);
  let revision = 0;
  let isCommitted = false;
  while (reader.next()) {
    if (reader.isOctets(1)) revision = revisionOf(reader.inner());
    else if (reader.isNumber(2)) isCommitted = reader.number() !== 0;
    else reader.skip();
  }
  return { revision, isCommitted };
}

function comparing(compare: StoreCompare): { target: number; field: number; revision: number } {
  if ('modRevision' in compare) return { target: MOD, field: 6, revision: compare.modRevision };
  return { target: CREATE, field: 5, revision: compare.createRevision };
}
