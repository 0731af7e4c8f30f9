/**
 * Random zones and questions from a seed: small alphabets, so that wildcards, empty non-terminals,
 * cuts and chains meet each other as often as they can.
 */

import { buildQuery } from '../conformance/wire/query.ts';
import { textToLabels } from '../conformance/wire/rdata-text.ts';
import { type Random, seededRandom } from '../conformance/wire/seeded-random.ts';
import type { ZoneText } from '../lab/dns-server.ts';

export interface RandomZone {
  readonly seed: number;
  readonly zone: ZoneText;
  /** Names with records, and the names above them that have none. */
  readonly owners: ReadonlySet<string>;
  readonly empties: ReadonlySet<string>;
  readonly questions: readonly RandomQuestion[];
}

export interface RandomQuestion {
  readonly text: string;
  readonly name: string;
  readonly type: string;
  readonly query: Buffer;
}

const LABELS = [
  'a',
  'b',
  'c',
  'd',
  'www',
  'x-1',
  '_tcp',
  '\\000\\255',
  'lllllllllllllllllllllllllllll',
];
const TYPES = ['A', 'A', 'A', 'AAAA', 'TXT', 'MX', 'SRV', 'NS', 'CNAME', 'SOA', 'DS', 'TYPE65280'];

interface Draft {
  readonly apex: string;
  readonly random: Random;
  readonly lines: string[];
  readonly owners: Set<string>;
  readonly wildcards: string[];
  readonly cuts: string[];
  readonly aliases: string[];
  readonly big: string[];
}

const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;
const chance = (random: Random, percent: number) => random(100) < percent;

export function generateZone(seed: number, questionCount: number): RandomZone {
  const random = seededRandom(seed);
  const apex = `z${seed}.example.`;
  const draft: Draft = {
    apex,
    random,
    lines: [
      `${apex} ${300 + random(3000)} SOA ns.${apex} host.${apex} 1 3600 900 604800 ${10 + random(900)}`,
      `${apex} 3600 NS ns.${apex}`,
      `${apex} 3600 NS ns.other.example.`,
      `ns.${apex} 3600 A 192.0.2.1`,
    ],
    owners: new Set([apex, `ns.${apex}`]),
    wildcards: [],
    cuts: [],
    aliases: [],
    big: [],
  };
  const names = Array.from({ length: 14 + random(16) }, () => randomName(draft, 3));
  for (const name of names) addOwner(draft, name, names);
  const empties = emptiesOf(draft);
  const questions = Array.from({ length: questionCount }, () => ask(draft, [...empties]));
  const zone = { apex, text: `${draft.lines.join('\n')}\n` };
  return { seed, zone, owners: draft.owners, empties, questions };
}

/** One to `deepest` labels below the apex; an asterisk first now and then, seldom further on. */
function randomName({ apex, random }: Draft, deepest: number): string {
  const labels = Array.from({ length: 1 + random(deepest) }, () =>
    chance(random, 2) ? '*' : pick(random, LABELS),
  );
  if (chance(random, 22)) labels.unshift('*');
  return `${labels.join('.')}.${apex}`;
}

function addOwner(draft: Draft, name: string, names: readonly string[]): void {
  const { random, owners, lines } = draft;
  if (owners.has(name)) return;
  owners.add(name);
  const isWildcard = name.startsWith('*.');
  if (isWildcard) draft.wildcards.push(name);
  const kind = random(100);
  if (kind < 24) {
    draft.aliases.push(name);
    lines.push(`${name} ${60 + random(300)} CNAME ${target(draft, names)}`);
  } else if (kind < 36 && !isWildcard) {
    addCut(draft, name);
  } else if (kind < 42) {
    draft.big.push(name);
    const ttl = 60 + random(300);
    const count = 35 + random(90);
    for (let i = 1; i <= count; i++) lines.push(`${name} ${ttl} A 203.0.113.${i}`);
  } else {
    addData(draft, name, names);
  }
}

function target({ apex, random }: Draft, names: readonly string[]): string {
  const kind = random(100);
  if (kind < 70) return pick(random, names);
  if (kind < 82) return `${pick(random, LABELS)}.${pick(random, names)}`.replace('*.', 'w.');
  if (kind < 90) return `missing.${apex}`;
  return 'www.other.example.';
}

function addCut(draft: Draft, name: string): void {
  const { random, lines, owners } = draft;
  draft.cuts.push(name);
  const ttl = 60 + random(300);
  lines.push(`${name} ${ttl} NS ns1.${name}`, `ns1.${name} ${ttl} A 192.0.2.${1 + random(250)}`);
  owners.add(`ns1.${name}`);
  if (chance(random, 40))
    lines.push(`ns1.${name} ${ttl} AAAA 2001:db8:0:0:0:0:0:${1 + random(99)}`);
  if (chance(random, 50)) lines.push(`${name} ${ttl} NS ns.other.example.`);
}

function addData(draft: Draft, name: string, names: readonly string[]): void {
  const { random, lines } = draft;
  const ttl = () => 60 + random(300);
  const types = new Set(Array.from({ length: 1 + random(3) }, () => random(6)));
  for (const type of types) {
    const time = ttl();
    const count = 1 + random(3);
    for (let i = 1; i <= count; i++) {
      if (type <= 1) lines.push(`${name} ${time} A 192.0.2.${i * 10}`);
      if (type === 2) lines.push(`${name} ${time} AAAA 2001:db8:0:0:0:0:1:${i}`);
      if (type === 3) lines.push(`${name} ${time} TXT "${i}" "${'t'.repeat(random(60))}"`);
      if (type === 4) lines.push(`${name} ${time} MX ${i} ${target(draft, names)}`);
      if (type === 5) lines.push(`${name} ${time} SRV ${i} 1 80 ${target(draft, names)}`);
    }
    if (type <= 1) types.delete(1 - type);
  }
}

/** Every name between the apex and an owner that is no owner itself. */
function emptiesOf({ apex, owners }: Draft): Set<string> {
  const empties = new Set<string>();
  for (const owner of owners) {
    for (let name = parent(owner); name.length > apex.length; name = parent(name)) {
      if (!owners.has(name)) empties.add(name);
    }
  }
  return empties;
}

function parent(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}

function ask(draft: Draft, empties: readonly string[]): RandomQuestion {
  const { random } = draft;
  const name = askedName(draft, empties);
  const type = draft.big.includes(name) && chance(random, 70) ? 'A' : pick(random, TYPES);
  const size = pick(random, [undefined, undefined, 512, 1232, 4096]);
  const shown = chance(random, 10) ? name.toUpperCase() : name;
  const query = buildQuery({
    name: shown,
    type,
    edns: size === undefined ? undefined : { size },
  });
  return { text: `${shown} ${type} edns ${size ?? 'none'}`, name, type, query };
}

function askedName(draft: Draft, empties: readonly string[]): string {
  const { random, apex, owners, wildcards, cuts, aliases, big } = draft;
  const some = (list: readonly string[]) => (list.length === 0 ? apex : pick(random, list));
  const below = (name: string) => {
    const longer = `${pick(random, LABELS)}.${name}`;
    // Text escapes count four: measure what goes on the wire.
    const octets = textToLabels(longer).reduce((sum, label) => sum + label.length + 1, 1);
    return octets > 255 ? name : longer;
  };
  const kind = random(100);
  if (kind < 22) return pick(random, [...owners]);
  if (kind < 32) return some(empties);
  if (kind < 48) return below(some(wildcards).replace(/^\*\./, ''));
  if (kind < 54) return below(below(some(wildcards).replace(/^\*\./, '')));
  if (kind < 62) return chance(random, 40) ? some(cuts) : below(some(cuts));
  if (kind < 74) return some(aliases);
  if (kind < 80) return some(big);
  if (kind < 90) return below(pick(random, [...owners]));
  return randomName(draft, 4).replace('*', 'w');
}
