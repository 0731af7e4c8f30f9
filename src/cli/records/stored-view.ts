/** The store's records as a server would read them, for verbs: one read, one view. */

import type { Command } from 'commander';
import { hostRecordsWriter } from '../../app/config/config-schema.ts';
import type { ReadConfig } from '../../app/config/read-config.ts';
import { zoneSources } from '../../app/config/zone-sources.ts';
import { openStoreForVerb } from '../../app/open-store-for-verb.ts';
import { readPublishedDomain } from '../../app/sources/open-record-source.ts';
import { expandFallbacks, type FallbackRule } from '../../dns/fallback-rule.ts';
import type { DomainName } from '../../dns/name.ts';
import type { OwnerMap } from '../../dns/rrset-change.ts';
import { ControlKeys } from '../../store/control/control-keys.ts';
import { StoredFallbacks } from '../../store/control/fallback-value.ts';
import type { RecordStore, StoreState } from '../../store/record-store.ts';
import { RecordView } from '../../store/skydns/view/record-view.ts';
import { configFromFlags, configOptions } from '../flags.ts';
import { withProgress } from '../output.ts';

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
  const domain = readPublishedDomain(read);
  const zones = zoneSources(read, domain === undefined ? [] : [domain]);
  const { store, close } = await openStoreForVerb(read);
  try {
    const { config } = read;
    const view = new RecordView({
      prefix: config.store.prefix,
      zones: zones.map(({ apex, mode }) => ({ apex, mode })),
      writers: [config.federation.writer, hostRecordsWriter(config)],
      controlPrefix: config.store.controlPrefix,
    });
    const state = await withProgress('reading the store', store.read(view.ranges()));
    view.apply({ kind: 'state', reason: 'first', state });
    return await use({ read, store, apexes: zones.map(({ apex }) => apex), view, state });
  } finally {
    await close();
  }
}

/** Every owner of every zone, with the aliases that rules stand for written out. */
export function allOwners(stored: StoredView): OwnerMap {
  const owners = new Map(stored.apexes.flatMap((apex) => [...stored.view.owners(apex)]));
  return expandFallbacks(owners, rulesOf(stored));
}

/** Fallback rules in the store, of every writer. */
export function rulesOf(stored: StoredView): readonly FallbackRule[] {
  const fallbacks = new StoredFallbacks(new ControlKeys(stored.read.config.store.controlPrefix));
  const control = [...stored.state.values].map(([key, one]) => ({ key, stored: one }));
  fallbacks.apply(control, true);
  return fallbacks.rules;
}

/** The options by which a verb finds the store. */
export function storeOptions(command: Command): Command {
  command.option('-c, --config <file>', 'configuration file (also FEDNS_CONFIG)');
  for (const option of configOptions()) {
    if (/^--(store|zones|shards|federation)/.test(option.long ?? '')) command.addOption(option);
  }
  return command;
}
