/**
 * Our own words in the store, below one prefix beside /skydns. Every replica reads them; writers
 * and `fedns store` write them.
 *
 *   /fedns/sentinel                 made once by who comes first; another one: replaced data
 *   /fedns/fence/<name>             the leader's; its create revision is in every commit it makes
 *   /fedns/removals/<writer>        {"removed":N}: names this writer has removed, ever
 *   /fedns/hold/<zone>              removals of this zone are held, since when and how many
 *   /fedns/accept/<zone>            a person's word: removals up to here are meant
 *   /fedns/fallbacks/<writer>       the fallback rules of this writer (fallback-value.ts)
 *   /fedns/serial/<zone>            {"offset":N}: added to the zone's serial
 */

import { type DomainName, formatName, parseName } from '../../dns/name.ts';
import type { RecordStore } from '../record-store.ts';
import { octetsOfText, textOfOctets } from '../skydns/entry.ts';
import { normalPrefix, rangeOfPrefix } from '../skydns/key.ts';
import { StoreError } from '../store-error.ts';

const CONTROL_PREFIX = '/fedns/';

export type ControlKind =
  | 'sentinel'
  | 'fence'
  | 'removals'
  | 'fallbacks'
  | 'hold'
  | 'accept'
  | 'serial';

export interface ControlKey {
  readonly kind: ControlKind;
  /** Name of the fence, writer id, or zone; empty for the sentinel. */
  readonly subject: string;
}

const KINDS: readonly string[] = [
  'sentinel',
  'fence',
  'removals',
  'fallbacks',
  'hold',
  'accept',
  'serial',
];

export class ControlKeys {
  readonly prefix: string;

  constructor(prefix = CONTROL_PREFIX) {
    this.prefix = normalPrefix(prefix);
  }

  get sentinel(): string {
    return `${this.prefix}sentinel`;
  }

  fence(name: string): string {
    return `${this.prefix}fence/${octetsOfText(name)}`;
  }

  removals(writer: string): string {
    return `${this.prefix}removals/${octetsOfText(writer)}`;
  }

  fallbacks(writer: string): string {
    return `${this.prefix}fallbacks/${octetsOfText(writer)}`;
  }

  ofZone(kind: 'hold' | 'accept' | 'serial', apex: DomainName): string {
    return `${this.prefix}${kind}/${formatName(apex)}`;
  }

  /** undefined: no key of ours, or one of a later version. */
  parse(key: string): ControlKey | undefined {
    if (!key.startsWith(this.prefix)) return undefined;
    const rest = textOfOctets(key.slice(this.prefix.length));
    const slash = rest.indexOf('/');
    const kind = KINDS.find((each) => each === (slash < 0 ? rest : rest.slice(0, slash)));
    if (kind === undefined) return undefined;
    return { kind: kind as ControlKind, subject: slash < 0 ? '' : rest.slice(slash + 1) };
  }

  range() {
    return rangeOfPrefix(this.prefix);
  }
}

/** A number in the JSON object of a control value; undefined for anything else. */
export function controlNumber(value: string, field: string): number | undefined {
  try {
    const json: unknown = JSON.parse(textOfOctets(value));
    if (typeof json !== 'object' || json === null) return undefined;
    const number: unknown = Object.entries(json).find(([name]) => name === field)?.[1];
    return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
  } catch {
    return undefined;
  }
}

export function zoneOfSubject(subject: string): DomainName | undefined {
  try {
    return parseName(subject);
  } catch {
    return undefined;
  }
}

/** What every commit of a leader compares. */
export interface Fence {
  readonly key: string;
  readonly createRevision: number;
}

/**
 * Takes the fence: whoever held it before can commit nothing from now on. The key is deleted and
 * made again, because only that gives it a new create revision.
 * Throws StoreError STORE_CONFLICT when another takes it at the same time.
 */
export async function takeFence(store: RecordStore, key: string, holder: string): Promise<Fence> {
  const state = await store.read([oneKey(key)]);
  const held = state.values.get(key);
  if (held !== undefined) {
    await store.commit({
      compares: [{ key, modRevision: held.modRevision }],
      puts: [],
      deletes: [key],
    });
  }
  const made = await store.commit({
    compares: [{ key, createRevision: 0 }],
    puts: [{ key, value: octetsOfText(JSON.stringify({ holder })) }],
    deletes: [],
  });
  if (made.kind === 'committed') return { key, createRevision: made.revision };
  throw new StoreError('STORE_CONFLICT', `fence ${key}: another process takes it at this moment`);
}

export function oneKey(key: string): { from: string; to: string } {
  return { from: key, to: `${key}\0` };
}
