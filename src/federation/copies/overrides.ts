/**
 * Overrides of one cluster, applied to an object as a JSON patch (RFC 6902): in their order, all or
 * none; what is given stays as it was.
 *
 * Source: specs of KubeFed 0.10: `replace` and `remove` of what is not there fail, `add` makes no
 * parents.
 */

// Its ES module has no exports map: node takes the CommonJS one.
import jsonPatch from 'fast-json-patch';
import { pointerOf } from '../../api/dotted-path.ts';
import {
  type FederatedObject,
  isJsonObject,
  type JsonObject,
  type Override,
} from '../../api/kubefed/federated-object.ts';
import { matchesLabels } from '../../api/label-selector.ts';
import { bad, good, type Read } from '../../api/read.ts';

export function applyOverrides(
  object: JsonObject,
  overrides: readonly Override[],
): Read<JsonObject> {
  if (overrides.length === 0) return good(object);
  const document: unknown = structuredClone(object);
  for (const [index, { op, path, value, field }] of overrides.entries()) {
    if (!path.startsWith('/')) return bad(`${field}.path: ${noPointer(path)}`);
    try {
      // Values are cloned: a later override may change what an earlier one put in.
      const operation =
        op === 'remove' ? { op, path } : { op, path, value: structuredClone(value ?? null) };
      jsonPatch.applyOperation(document, operation, true, true, true, index);
    } catch (error) {
      return bad(`override ${op} ${path}: ${reasonOf(error)}`);
    }
  }
  return isJsonObject(document) ? good(document) : bad('overrides leave no object');
}

function noPointer(path: string): string {
  const pointer = pointerOf(path);
  if (pointer.kind === 'bad') return `${path} is no JSON pointer: it begins with /`;
  return `${path} is no JSON pointer: "fedns convert" makes it ${pointer.value}`;
}

/** Of all selectors that select the cluster, in their order, and then its own. */
export function overridesFor(
  { overrides, selectorOverrides }: FederatedObject,
  cluster: string,
  labels: ReadonlyMap<string, string>,
): Read<readonly Override[]> {
  if (overrides.kind === 'bad') return overrides;
  if (selectorOverrides.kind === 'bad') return selectorOverrides;
  const selected = selectorOverrides.value
    .filter(({ selector }) => matchesLabels(selector, labels))
    .flatMap((one) => one.overrides);
  return good([...selected, ...(overrides.value.get(cluster) ?? [])]);
}

const REASONS: Readonly<Record<string, string>> = {
  OPERATION_PATH_CANNOT_ADD: 'its parent is not there',
  OPERATION_PATH_UNRESOLVABLE: 'is not there',
  OPERATION_PATH_ILLEGAL_ARRAY_INDEX: 'is no index of a list',
  OPERATION_VALUE_OUT_OF_BOUNDS: 'is beyond the end of the list',
  OPERATION_PATH_INVALID: 'is no JSON pointer',
};

function reasonOf(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  return REASONS[name] ?? (error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'fails');
}
