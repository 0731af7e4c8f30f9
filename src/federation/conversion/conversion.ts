/**
 * What comes of rewriting an object whose shape API servers no longer take: the object as they take
 * it, each field that is another, and what nobody can rewrite. Pure.
 */

import { isJsonObject, type JsonObject } from '../../api/kubefed/federated-object.ts';
import type { FieldProblem } from '../../api/kubefed/field-problem.ts';
import { valueAt } from '../../api/untyped.ts';

/** `message`: what it was and what it is. */
export type FieldChange = FieldProblem;

/** Filled by whoever rewrites. */
export interface ConversionNotes {
  readonly changes: FieldChange[];
  /** Why a field stays as it is, though no API server takes it. */
  readonly problems: FieldProblem[];
}

export interface Converted {
  readonly object: JsonObject;
  readonly changes: readonly FieldChange[];
  readonly problems: readonly FieldProblem[];
}

export const newNotes = (): ConversionNotes => ({ changes: [], problems: [] });

/** Fields in the order in which people write them; undefined ones are left out. */
export function withFields(object: JsonObject, fields: JsonObject): JsonObject {
  const all = Object.entries({ ...object, ...fields });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

export function objectIn(value: unknown, ...path: readonly string[]): JsonObject | undefined {
  const found = valueAt(value, ...path);
  return isJsonObject(found) ? found : undefined;
}

/** Each element of a list that is an object, with the field it stands in; others stay. */
export function mapObjects(
  list: unknown,
  field: string,
  map: (one: JsonObject, field: string) => JsonObject,
): unknown {
  if (!Array.isArray(list)) return list;
  return list.map((one: unknown, index) =>
    isJsonObject(one) ? map(one, `${field}[${index}]`) : one,
  );
}
