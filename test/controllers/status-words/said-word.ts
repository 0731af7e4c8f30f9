/** Whether a status says a word: of the object itself, or of its copy in a cluster. */

import type { Proxied } from '../chaos/behind-proxies.ts';
import { WORDS, type Word } from './words.ts';

export type Said = Awaited<ReturnType<Proxied['read']>>;

/** `cluster` `any`: whichever it is. */
export function isSaid({ status }: Said, word: Word, cluster: string): boolean {
  if (WORDS[word].of === 'object') {
    return (status?.conditions ?? []).some(
      ({ type, reason }) => type === 'Propagation' && reason === word,
    );
  }
  return (status?.clusters ?? []).some(
    (copy) => copy.status === word && [copy.name, 'any'].includes(cluster),
  );
}
