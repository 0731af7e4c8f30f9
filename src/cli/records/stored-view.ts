/** The store's records as a server would read them, for verbs: one read, one view. */

import type { Command } from 'commander';
import type { ReadConfig } from '../../app/config/read-config.ts';
import { zoneSources } from '../../app/config/zone-sources.ts';
import { openStoreForVerb } from '../../app/open-store-for-verb.ts';
import { readShardsDomain } from '../../app/shards-publishing.ts';
import type { DomainName } from '../../dns/name.ts';
import type { RRset } from '../../dns/rrset.ts';
import type { RecordStore, StoreState } from '../../store/record-store.ts';
import { RecordView } from '../../store/skydns/record-view.ts';
import { configFromFlags, configOptions } from '../flags.ts';

export interface StoredView {
  readonly read: ReadConfig;
  readonly store: RecordStore;
  readonly apexes: readonly DomainName[];
  readonly view: RecordView;
  readonly state: StoreState;
}

/** Opens, reads, hands over, closes. */
export async function withStoredView<T>(
  flags: Readonly<Record<string, unknown>>,
  use: (stored: StoredView) => Promise<T> | T,
): Promise<T> {
  const read = configFromFlags(flags);
  const domain = readShardsDomain(read);
  const zones = zoneSources(read, domain === undefined ? [] : [domain]);
  const { store, close } = await openStoreForVerb(read);
  try {
    const { config } = read;
    const view = new RecordView({
      prefix: config.store.prefix,
      zones: zones.map(({ apex, mode }) => ({ apex, mode })),
      writers: [config.federation.writer],
      controlPrefix: config.store.controlPrefix,
    });
    const state = await store.read(view.ranges());
    view.apply({ kind: 'state', reason: 'first', state });
    return await use({ read, store, apexes: zones.map(({ apex }) => apex), view, state });
  } finally {
    await close();
  }
}

/** Every owner of every zone. */
export function* allOwners(stored: StoredView): Iterable<[DomainName, readonly RRset[]]> {
  for (const apex of stored.apexes) yield* stored.view.owners(apex);
}

/** The options by which a verb finds the store. */
export function storeOptions(command: Command): Command {
  command.option('-c, --config <file>', 'configuration file (also FEDNS_CONFIG)');
  for (const option of configOptions()) {
    if (/^--(store|zones|shards|federation)/.test(option.long ?? '')) command.addOption(option);
  }
  return command;
}
