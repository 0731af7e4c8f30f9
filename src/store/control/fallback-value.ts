/**
 * Fallback rules as values of the store, one key a writer:
 *
 *   /fedns/fallbacks/<writer>  [{"suffix":"fed.svc.east.example.","parent":"fed.svc.example.",
 *                                "labels":2,"ttl":180}]
 *
 * A value that cannot be read counts as no rules and is told: it harms only its writer.
 */

import { type FallbackRule, sortedRules } from '../../dns/fallback-rule.ts';
import { formatName, parseName } from '../../dns/name.ts';
import type { RecordStore, StoreChange } from '../record-store.ts';
import { octetsOfText, textOfOctets } from '../skydns/entry.ts';
import { StoreError } from '../store-error.ts';
import { type ControlKeys, type Fence, oneKey } from './control-keys.ts';

function formatFallbacks(rules: readonly FallbackRule[]): string {
  const rows = sortedRules(rules).map(({ suffix, parentSuffix, labelCount, ttlSeconds }) => ({
    suffix: formatName(suffix),
    parent: formatName(parentSuffix),
    labels: labelCount,
    ttl: ttlSeconds,
  }));
  return octetsOfText(JSON.stringify(rows));
}

/** undefined: not readable. */
function parseFallbacks(value: string): readonly FallbackRule[] | undefined {
  try {
    const rows: unknown = JSON.parse(textOfOctets(value));
    return Array.isArray(rows) ? rows.map(ruleOf) : undefined;
  } catch {
    return undefined;
  }
}

/** The rules of every writer, kept up to date from `ViewUpdate.control`. */
export class StoredFallbacks {
  readonly #keys: ControlKeys;
  readonly #byWriter = new Map<string, readonly FallbackRule[]>();

  constructor(keys: ControlKeys) {
    this.#keys = keys;
  }

  get rules(): readonly FallbackRule[] {
    return sortedRules([...this.#byWriter.values()].flat());
  }

  /** True when the rules are others now. `isWhole`: `control` is all there is. */
  apply(control: readonly StoreChange[], isWhole: boolean): boolean {
    if (control.length === 0 && !isWhole) return false;
    const before = formatFallbacks(this.rules);
    if (isWhole) this.#byWriter.clear();
    for (const { key, stored } of control) {
      const parsed = this.#keys.parse(key);
      if (parsed?.kind !== 'fallbacks') continue;
      const rules = stored === undefined ? undefined : parseFallbacks(stored.value);
      if (rules === undefined) this.#byWriter.delete(parsed.subject);
      else this.#byWriter.set(parsed.subject, rules);
    }
    return formatFallbacks(this.rules) !== before;
  }
}

export interface FallbacksPlace {
  readonly store: RecordStore;
  readonly key: string;
  /** Of the leader; undefined for a writer that is alone. */
  readonly fence: Fence | undefined;
}

/**
 * Makes the store say these rules for a writer; gives the revision if it had to be changed.
 * `keepsOthers`: and those it says already, as long as not everything is known.
 */
export async function writeFallbacks(
  { store, key, fence }: FallbacksPlace,
  wanted: readonly FallbackRule[],
  { keepsOthers = false } = {},
): Promise<number | undefined> {
  const held = (await store.read([oneKey(key)])).values.get(key);
  const known = keepsOthers && held !== undefined ? (parseFallbacks(held.value) ?? []) : [];
  const isWanted = new Set(wanted.map(({ suffix }) => suffix));
  const rules = [...wanted, ...known.filter(({ suffix }) => !isWanted.has(suffix))];
  const value = formatFallbacks(rules);
  if (held === undefined ? rules.length === 0 : held.value === value) return undefined;
  const outcome = await store.commit({
    compares: [{ key, modRevision: held?.modRevision ?? 0 }, ...(fence ? [fence] : [])],
    puts: rules.length === 0 ? [] : [{ key, value }],
    deletes: rules.length === 0 ? [key] : [],
  });
  if (outcome.kind === 'committed') return outcome.revision;
  throw new StoreError(
    'STORE_CONFLICT',
    `fallback rules ${key}: written by another at this moment`,
  );
}

function ruleOf(row: unknown): FallbackRule {
  const fields = new Map<string, unknown>(Object.entries(Object(row)));
  const labels = Number(fields.get('labels'));
  const ttl = Number(fields.get('ttl'));
  const isSound = labels >= 1 && labels <= 8 && ttl >= 0 && Number.isInteger(labels + ttl);
  if (!isSound) throw new StoreError('STORE_REFUSED', 'fallback rule out of bounds');
  return {
    suffix: parseName(String(fields.get('suffix'))),
    parentSuffix: parseName(String(fields.get('parent'))),
    labelCount: labels,
    ttlSeconds: ttl,
  };
}
