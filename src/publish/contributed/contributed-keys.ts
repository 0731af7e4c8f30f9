/**
 * Where a contributor keeps its shards, and what each of its keys is about:
 *
 *   /fedns-contributed/<contributor>/members/<cluster>                    where it is
 *   /fedns-contributed/<contributor>/signals/<cluster>                    {"api":"fresh"}: all of it is written
 *   /fedns-contributed/<contributor>/shards/<cluster>/<namespace>/<name>  what it says of a Service
 *   /fedns-contributed/<contributor>/complete                             all of it was written
 *   /fedns-contributed/<contributor>/absent                               ours: contributor-absence.ts
 *   /fedns-leader/contributor/<contributor>                               its beat (leadership.ts)
 *
 * Of several processes with one contributor's name one leads, and its beat is the sign of life.
 */

import type { ApiSignal } from '../../discovery/health/liveness.ts';
import { textOfOctets } from '../../store/skydns/entry.ts';
import { normalPrefix } from '../../store/skydns/key.ts';

export interface ContributedKey {
  readonly contributor: string;
  readonly kind: string;
  readonly cluster: string;
  /** `namespace/name`; of shards only. */
  readonly key: string;
}

export function contributedBase(controlPrefix: string): string {
  return normalPrefix(controlPrefix).replace(/\/$/, '-contributed/');
}

export function beatBase(controlPrefix: string): string {
  return normalPrefix(controlPrefix).replace(/\/$/, '-leader/contributor/');
}

/** What a contributor's processes are elected for. */
export function contributorElection(contributor: string): string {
  return `contributor/${contributor}`;
}

/** undefined: none of a contributor's. */
export function parseContributedKey(base: string, key: string): ContributedKey | undefined {
  if (!key.startsWith(base)) return undefined;
  const [contributor = '', kind = '', cluster = '', ...rest] = textOfOctets(
    key.slice(base.length),
  ).split('/');
  return { contributor, kind, cluster, key: rest.join('/') };
}

/** Whether a cluster's API is fresh to its contributor. */
export function formatSignal(api: ApiSignal): string {
  return JSON.stringify({ api });
}

/** What is no word of ours speaks for nothing. */
export function parseSignal(text: string): ApiSignal {
  return text === formatSignal('fresh') ? 'fresh' : 'lost';
}
