/**
 * Values of the chart: defaults, files, `--set`; merged and checked as Helm does it.
 *
 * Source: Helm "Values files" (objects are merged, lists are taken whole, null takes a default away),
 * "The format and limitations of --set".
 */

import { fromJSONSchema, type z } from 'zod';
import { isJsonObject, type JsonObject } from '../api/kubefed/federated-object.ts';

/** Later ones win. */
export function mergeValues(defaults: JsonObject, said: readonly JsonObject[]): JsonObject {
  let merged = defaults;
  for (const values of said) merged = mergeTwo(merged, values);
  return merged;
}

function mergeTwo(before: JsonObject, said: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...before };
  for (const [key, value] of Object.entries(said)) {
    const old = merged[key];
    if (value === null) delete merged[key];
    else merged[key] = isJsonObject(old) && isJsonObject(value) ? mergeTwo(old, value) : value;
  }
  return merged;
}

/** `a.b=c`, several with commas between; undefined: it is not so. */
export function readSetting(text: string): JsonObject | undefined {
  let values: JsonObject = {};
  for (const one of text.split(',')) {
    const [, path = '', value = ''] = /^([\w./-]+)=(.*)$/s.exec(one) ?? [];
    if (path === '') return undefined;
    const keys = path.split('.').reverse();
    let at: unknown = scalarOf(value);
    for (const key of keys) at = { [key]: at };
    if (isJsonObject(at)) values = mergeTwo(values, at);
  }
  return values;
}

function scalarOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  return /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : text;
}

/** What is wrong with them, a line each; none: they are right. */
export function valueProblems(schema: JsonObject, values: JsonObject): readonly string[] {
  const checked = readSchema(schema).safeParse(values);
  if (checked.success) return [];
  return checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

function readSchema(schema: JsonObject): z.ZodType {
  return fromJSONSchema(schema);
}
