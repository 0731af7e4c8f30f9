/**
 * The words about holds as commits: a replica that holds says so, a person accepts, and with it
 * the serial's offset is raised where the store's revision went back. One word in the store
 * reaches every replica.
 */

import type { DomainName } from '../../dns/name.ts';
import { ControlKeys, controlNumber, oneKey } from '../control/control-keys.ts';
import type { RecordStore, StoreCommit, StoredValue } from '../record-store.ts';
import type { ZoneHold } from './held-removals.ts';

/** Writes the hold key unless there is one. False: it was there already. */
export async function writeHold(
  store: RecordStore,
  hold: ZoneHold,
  keys = new ControlKeys(),
): Promise<boolean> {
  const key = keys.ofZone('hold', hold.apex);
  const { heldNames, servedRevision, sinceRevision } = hold;
  const outcome = await store.commit({
    compares: [{ key, createRevision: 0 }],
    puts: [{ key, value: JSON.stringify({ heldNames, servedRevision, sinceRevision }) }],
    deletes: [],
  });
  return outcome.kind === 'committed';
}

/** The held names came back by themselves: nothing is held any more. */
export async function clearHold(
  store: RecordStore,
  apex: DomainName,
  keys = new ControlKeys(),
): Promise<void> {
  await store.commit({ compares: [], puts: [], deletes: [keys.ofZone('hold', apex)] });
}

/** Holds that are in force by the store's word: zone text -> the key's value. */
export async function readHolds(
  store: RecordStore,
  keys = new ControlKeys(),
): Promise<ReadonlyMap<string, StoredValue>> {
  const state = await store.read([keys.range()]);
  const holds = new Map<string, StoredValue>();
  for (const [key, stored] of state.values) {
    const parsed = keys.parse(key);
    if (parsed?.kind === 'hold') holds.set(parsed.subject, stored);
  }
  return holds;
}

/**
 * `fedns store accept ZONE`: the removals are meant. Takes the hold away, and raises the serial's
 * offset by what the revision went back. False: another person was at it at the same moment.
 */
export async function acceptRemovals(
  store: RecordStore,
  apex: DomainName,
  keys = new ControlKeys(),
): Promise<boolean> {
  const [hold, accept, serial] = (['hold', 'accept', 'serial'] as const).map((kind) =>
    keys.ofZone(kind, apex),
  ) as [string, string, string];
  const state = await store.read([hold, accept, serial].map(oneKey));
  const held = state.values.get(hold);
  const offset = controlNumber(state.values.get(serial)?.value ?? '', 'offset') ?? 0;
  const served = controlNumber(held?.value ?? '', 'servedRevision') ?? 0;
  // The accept itself is the next revision at the earliest.
  const wentBackBy = Math.max(0, served - state.revision);
  const commit: StoreCommit = {
    compares: [
      { key: accept, modRevision: state.values.get(accept)?.modRevision ?? 0 },
      { key: serial, modRevision: state.values.get(serial)?.modRevision ?? 0 },
    ],
    puts: [
      { key: accept, value: JSON.stringify({ revision: state.revision }) },
      ...(wentBackBy === 0
        ? []
        : [{ key: serial, value: JSON.stringify({ offset: offset + wentBackBy }) }]),
    ],
    deletes: held === undefined ? [] : [hold],
  };
  return (await store.commit(commit)).kind === 'committed';
}
