/** Everything beside the keys that decides what is served, as one text: equal or another. */

import { createHash } from 'node:crypto';
import { productVersion } from '../product-version.ts';
import type { ReadConfig } from './read-config.ts';
import type { ZoneSource } from './zone-sources.ts';

export function servedMeaning(
  { config }: ReadConfig,
  sources: readonly ZoneSource[],
  overlayFingerprint: string,
): string {
  const { prefix, controlPrefix } = config.store;
  const zones = sources.map(({ apex, mode }) => `${apex} ${mode}`);
  const settings = [prefix, controlPrefix, config.federation.writer, config.answers.recordsMax];
  const all = [productVersion(), ...settings, ...zones, overlayFingerprint];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}
