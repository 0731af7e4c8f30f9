/**
 * What a start reads, read and let go: `config check` finds what `serve` would refuse, without a
 * socket or a store. But for the kubeconfigs of members, which may be on another machine: `members
 * check` reads and tries them.
 */

import { readPublishedDomain } from '../sources/open-record-source.ts';
import { readCookieSecrets } from './cookie-secrets.ts';
import { etcdOptions } from './etcd-settings.ts';
import { listenSpec, listenSpecs } from './listen-specs.ts';
import type { ReadConfig } from './read-config.ts';
import { readOverlay, zoneSources } from './zone-sources.ts';

/** Gives warnings, one line each. Throws InputError for the first thing that is wrong. */
export function checkConfig(read: ReadConfig): string[] {
  const { config } = read;
  listenSpecs(config.listen);
  if (config.admin.listen !== 'none') listenSpec(config.admin.listen, 'admin.listen');
  if (config.store.kind === 'etcd') etcdOptions(read);
  // Stores what it sees for another, and answers nobody.
  if (config.federation.contributor !== undefined) return [];
  const domain = readPublishedDomain(read);
  const sources = zoneSources(read, domain === undefined ? [] : [domain]);
  const overlays = sources.map((source) => readOverlay(source, config.advertise));
  readCookieSecrets(read);
  return overlays.flatMap(({ warnings }) => warnings);
}
