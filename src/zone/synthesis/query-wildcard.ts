/**
 * Query-side wildcards of CoreDNS's etcd plugin: a label `*` or `any` in the question matches one
 * label of the stored names, and the answer is the union of all that match. Only zones in subtree
 * mode have it: it lets anyone list a zone. Unlike there, a name that exists is found first, so a
 * host called `any` can be asked for. Cold: the whole zone is looked over, within a bound.
 */

import { RRType } from '../../dns/codes.ts';
import type { DomainName } from '../../dns/name.ts';
import { makeRRset, type Rdata } from '../../dns/rrset.ts';
import type { NameKey } from '../../dns/wire/name-key.ts';
import type { AnswerScratch } from '../content/answer-scratch.ts';
import { nameAt, nameOf, rrsetOf } from '../content/flat-node.ts';
import { planRRset, readRRset } from '../content/flat-rrset.ts';
import { findNode, nodesOf } from '../content/node-table.ts';
import type { ZoneImage } from '../image.ts';
import { QUERY_WILDCARD_NODES_MAX } from '../limits.ts';

export type WildcardMatch =
  /** Ref of the union in the scratch. */
  | { readonly kind: 'hit'; readonly rrset: number }
  /** Names lie below what stands right of the wildcards. */
  | { readonly kind: 'nodata' }
  | { readonly kind: 'nxdomain' };

/** undefined: the question has no such label. The key lies at or below the image's apex. */
export function matchQueryWildcards(
  image: ZoneImage,
  { key, type }: { readonly key: NameKey; readonly type: number },
  scratch: AnswerScratch,
): WildcardMatch | undefined {
  const pattern = patternOf(key, key.labelCount - image.apexLabelCount);
  const rightmost = pattern.lastIndexOf(undefined);
  if (rightmost < 0) return undefined;
  if (findNode(image, key, rightmost + 1) === 0) return { kind: 'nxdomain' };
  if (image.nodeCount > QUERY_WILDCARD_NODES_MAX) return { kind: 'nodata' };
  const { memory } = image;
  const records = new Set<Rdata>();
  let ttlSeconds = Number.POSITIVE_INFINITY;
  for (const node of nodesOf(image)) {
    const name = nameOf(memory.bytes, nameAt(node));
    if (!isMatch(name, pattern, key)) continue;
    const ref = rrsetOf(memory.words, node, type);
    if (ref === 0) continue;
    const rrset = readRRset(memory, ref, name);
    for (const rdata of rrset.rdatas) records.add(rdata);
    ttlSeconds = Math.min(ttlSeconds, rrset.ttlSeconds);
  }
  if (records.size === 0) return { kind: 'nodata' };
  // A union of aliases is none (RFC 2181 section 10.1): the first in canonical order.
  const rdatas = type === RRType.CNAME ? [...records].sort().slice(0, 1) : [...records];
  const plan = planRRset(makeRRset(key.toName(), type, { ttlSeconds, rdatas }));
  const rrset = plan === undefined ? 0 : scratch.put(plan);
  return rrset === 0 ? { kind: 'nodata' } : { kind: 'hit', rrset };
}

/** Labels left of the apex; undefined where one matches any label. */
function patternOf(key: NameKey, count: number): (string | undefined)[] {
  const pattern: (string | undefined)[] = [];
  for (let label = 0; label < count; label++) {
    const start = key.starts[label] as number;
    const end = key.starts[label + 1] as number;
    const text = String.fromCharCode(...key.octets.subarray(start + 1, end));
    pattern.push(text === '*' || text === 'any' ? undefined : text);
  }
  return pattern;
}

/** Same count of labels above the same apex, each equal or matched by any. */
function isMatch(
  name: DomainName,
  pattern: readonly (string | undefined)[],
  key: NameKey,
): boolean {
  let offset = 0;
  for (const wanted of pattern) {
    const length = name.charCodeAt(offset);
    if (length === 0) return false;
    const end = offset + 1 + length;
    if (wanted !== undefined && name.slice(offset + 1, end) !== wanted) return false;
    offset = end;
  }
  return name.length - offset === key.length - (key.starts[pattern.length] as number);
}
