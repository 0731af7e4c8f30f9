/**
 * A name as one run of octets in memory. Names come as pieces of other strings (slices, sums), and
 * reading those octet by octet follows the pieces anew for each: a chain costs a fifth more
 * (bench/micro/respond.ts). Our price is one copy when a node is made.
 */

import type { DomainName } from '../../dns/name.ts';

export function flatName(name: DomainName): DomainName {
  const codes: number[] = [];
  for (let index = 0; index < name.length; index++) codes.push(name.charCodeAt(index));
  return String.fromCharCode(...codes) as DomainName;
}
