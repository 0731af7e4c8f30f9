/**
 * Objects as people compare them: without what a server fills in at every write, without the marks
 * that say whose copy it is, and with Secrets kept secret. Pure.
 */

import { stringify } from 'yaml';
import { isJsonObject, type JsonObject } from '../../api/kubefed/federated-object.ts';
import { textAt } from '../../api/untyped.ts';
import { CREATED_ANNOTATION, GIVEN_ANNOTATION, OWNER_ANNOTATION } from '../copies/member-object.ts';
import { objectAt } from '../copies/retained-fields.ts';
import { type DiffNames, unifiedDiff } from './unified-diff.ts';

/** undefined: it is not there. Empty: they are the same. */
export function diffObjects(
  before: JsonObject | undefined,
  after: JsonObject | undefined,
  names: DiffNames,
): string {
  const [left, right] = [comparable(before), comparable(after)];
  const [masked, maskedAfter] = maskSecrets(left, right);
  return unifiedDiff(textOf(masked), textOf(maskedAfter), names);
}

function textOf(object: JsonObject | undefined): string {
  return object === undefined ? '' : stringify(object, { sortMapEntries: true, lineWidth: 0 });
}

const FILLED_IN = [
  'creationTimestamp',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
];
const MARKS = [CREATED_ANNOTATION, GIVEN_ANNOTATION, OWNER_ANNOTATION];

function comparable(object: JsonObject | undefined): JsonObject | undefined {
  if (object === undefined) return undefined;
  const { status: _, ...rest } = object;
  const { annotations: given, ...said } = without(objectAt(object, 'metadata'), FILLED_IN);
  const annotations = isJsonObject(given) ? without(given, MARKS) : {};
  const isAnnotated = Object.keys(annotations).length > 0;
  return { ...rest, metadata: { ...said, ...(isAnnotated && { annotations }) } };
}

function without(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

type Sides = readonly [JsonObject | undefined, JsonObject | undefined];

/** What a Secret holds is never shown, only whether it is another. */
function maskSecrets(before: JsonObject | undefined, after: JsonObject | undefined): Sides {
  if (textAt(before ?? after, 'kind') !== 'Secret') return [before, after];
  const mask = (own: JsonObject | undefined, other: JsonObject | undefined, side: string) => {
    if (own === undefined) return undefined;
    const masked = ['data', 'stringData'].flatMap((part) => {
      const values = own[part];
      if (!isJsonObject(values)) return [];
      const others = objectAt(other, part);
      const entries = Object.entries(values).map(([key, value]) => {
        const isSame = !Object.hasOwn(others, key) || others[key] === value;
        return [key, isSame ? '***' : `*** (${side})`] as const;
      });
      return [[part, Object.fromEntries(entries)] as const];
    });
    return { ...own, ...Object.fromEntries(masked) };
  };
  return [mask(before, after, 'before'), mask(after, before, 'after')];
}
