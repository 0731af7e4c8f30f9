/** What a server that does not publish can say of a name: what it answers from, since when. */

import { describeContent } from '../discovery/explain.ts';
import { type DomainName, isAtOrBelow } from '../dns/name.ts';
import type { DnsServer } from './dns-server.ts';

/** undefined: nothing is stored at this name. */
export function storedWhy(
  { apexes, feed, follower }: DnsServer,
  name: DomainName,
): readonly string[] | undefined {
  const apex = apexes.find((one) => isAtOrBelow(name, one));
  const content = apex && feed.content(apex, name);
  if (content === undefined) return undefined;
  return [
    describeContent(content),
    `from the store, read up to revision ${follower.status.revision}`,
    'whoever publishes it knows more: fedns explain',
  ];
}
