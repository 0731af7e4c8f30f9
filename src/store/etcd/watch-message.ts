/**
 * Watch of etcd's Watch service on the wire (protobuf, etcd api/etcdserverpb/rpc.proto and
 * mvccpb/kv.proto), read straight into changes of a store. Our choice over etcd3's reading for this
 * message, too: it makes six objects and four texts of numbers for each event.
 */

import type { StoreChange } from '../record-store.ts';
import { FieldReader, numberField, octetsField } from './protobuf-fields.ts';
import { pairOf, revisionOf } from './range-message.ts';

export type WatchRequest =
  | {
      readonly kind: 'create';
      readonly watchId: number;
      readonly key: Buffer;
      /** Absent: of this key alone. */
      readonly rangeEnd?: Buffer;
      /** 0: from now on. */
      readonly startRevision?: number;
      /** Whether the server is to say now and then how far it is. */
      readonly wantsProgress?: boolean;
      /** Whether the server may cut a revision into several answers. */
      readonly mayFragment?: boolean;
    }
  | { readonly kind: 'cancel'; readonly watchId: number }
  | { readonly kind: 'progress' };

export interface WatchEvent {
  readonly revision: number;
  /** The key as octets, namespace and all. */
  readonly change: StoreChange;
}

export interface WatchReply {
  /** Of the store, when it was said. */
  readonly revision: number;
  /** -1: of all watchers. */
  readonly watchId: number;
  readonly isCreated: boolean;
  readonly isCancelled: boolean;
  /** Of a cancelled one: what came before is compacted; 0: it is not for that. */
  readonly compactRevision: number;
  readonly cancelReason: string;
  /** More of the same revision follows. */
  readonly isFragment: boolean;
  readonly events: readonly WatchEvent[];
}

/**
 * WatchRequest: create_request = 1, cancel_request = 2, progress_request = 3. WatchCreateRequest:
 * key = 1, range_end = 2, start_revision = 3, progress_notify = 4, watch_id = 7, fragment = 8.
 */
export function encodeWatchRequest(request: WatchRequest): Buffer {
  switch (request.kind) {
    case 'create': {
      const { key, rangeEnd = Buffer.alloc(0), startRevision = 0, watchId } = request;
      const create = Buffer.concat([
        ...octetsField(1, key),
        ...octetsField(2, rangeEnd),
        numberField(3, startRevision),
        numberField(4, request.wantsProgress === true ? 1 : 0),
        numberField(7, watchId),
        numberField(8, request.mayFragment === true ? 1 : 0),
      ]);
      return Buffer.concat(octetsField(1, create));
    }
    case 'cancel':
      return Buffer.concat(octetsField(2, numberField(1, request.watchId)));
    case 'progress':
      return Buffer.concat(octetsField(3, Buffer.alloc(0)));
    default:
      return request satisfies never;
  }
}

/**
 * WatchResponse: header = 1, watch_id = 2, created = 3, canceled = 4, compact_revision = 5,
 * cancel_reason = 6, fragment = 7, events = 11. Throws RangeError for octets that are no such message.
 */
export function decodeWatchReply(octets: Buffer): WatchReply {
  const reader = new FieldReader(octets, 0, octets.length);
  const reply = {
    revision: 0,
    watchId: 0,
    isCreated: false,
    isCancelled: false,
    compactRevision: 0,
    cancelReason: '',
    isFragment: false,
  };
  const events: WatchEvent[] = [];
  while (reader.next()) {
    if (reader.isOctets(1)) reply.revision = revisionOf(reader.inner());
    else if (reader.isNumber(2)) reply.watchId = Number(reader.bigNumber());
    else if (reader.isNumber(3)) reply.isCreated = reader.number() !== 0;
    else if (reader.isNumber(4)) reply.isCancelled = reader.number() !== 0;
    else if (reader.isNumber(5)) reply.compactRevision = reader.number();
    else if (reader.isOctets(6)) reply.cancelReason = reader.octets();
    else if (reader.isNumber(7)) reply.isFragment = reader.number() !== 0;
    else if (reader.isOctets(11)) events.push(eventOf(reader.inner()));
    else reader.skip();
  }
  return { ...reply, events };
}

/** Event: type = 1 (PUT = 0, DELETE = 1), kv = 2. */
function eventOf(reader: FieldReader): WatchEvent {
  let isDelete = false;
  let pair: ReturnType<typeof pairOf> | undefined;
  while (reader.next()) {
    if (reader.isNumber(1)) isDelete = reader.number() === 1;
    else if (reader.isOctets(2)) pair = pairOf(reader.inner());
    else reader.skip();
  }
  if (pair === undefined) throw new RangeError('an event without a key');
  const [key, stored] = pair;
  return { revision: stored.modRevision, change: { key, stored: isDelete ? undefined : stored } };
}
