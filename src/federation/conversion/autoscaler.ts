/**
 * HorizontalPodAutoscaler autoscaling/v2beta1, v2beta2 -> v2. The second is the same but for its
 * name; the first says targets of metrics otherwise. Pure.
 *
 *   resource: {name: cpu, targetAverageUtilization: 80}
 *     ->  resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}
 *
 * Source: Kubernetes API reference, autoscaling/v2beta1 and v2; "Deprecated API Migration Guide".
 */

import type { JsonObject } from '../../api/kubefed/federated-object.ts';
import { textAt } from '../../api/untyped.ts';
import { type ConversionNotes, mapObjects, objectIn, withFields } from './conversion.ts';

export function convertAutoscaler(autoscaler: JsonObject, notes: ConversionNotes): JsonObject {
  const spec = objectIn(autoscaler, 'spec');
  if (spec === undefined) return autoscaler;
  const metrics = mapObjects(spec['metrics'], 'spec.metrics', (metric, field) =>
    convertMetric(metric, field, notes),
  );
  return withFields(autoscaler, { spec: withFields(spec, { metrics }) });
}

/** The field beside `type` that says the metric. */
const SOURCES: Readonly<Record<string, string>> = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
};

function convertMetric(metric: JsonObject, field: string, notes: ConversionNotes): JsonObject {
  const type = textAt(metric, 'type') ?? '';
  const name = SOURCES[type];
  if (name === undefined) {
    notes.problems.push({ field: `${field}.type`, message: `"${type}" is no type of metric` });
    return metric;
  }
  const source = objectIn(metric, name);
  if (source === undefined || isNew(source)) return metric;
  const at = `${field}.${name}`;
  const converted = convertSource(source, type, { at, notes });
  return converted === undefined ? metric : withFields(metric, { [name]: converted });
}

/** The target of v2 says its type; a v2beta1 Object's says what is measured. */
function isNew(source: JsonObject): boolean {
  return objectIn(source, 'target')?.['type'] !== undefined;
}

interface Place {
  readonly at: string;
  readonly notes: ConversionNotes;
}

/** undefined: it cannot be. */
function convertSource(
  source: JsonObject,
  type: string,
  { at, notes }: Place,
): JsonObject | undefined {
  const { targetAverageUtilization, targetAverageValue, targetValue, averageValue } = source;
  const targets: readonly (readonly [string, JsonObject | undefined])[] = [
    [
      'targetAverageUtilization',
      target('Utilization', 'averageUtilization', targetAverageUtilization),
    ],
    ['targetAverageValue', target('AverageValue', 'averageValue', targetAverageValue)],
    ['averageValue', target('AverageValue', 'averageValue', averageValue)],
    ['targetValue', target('Value', 'value', targetValue)],
  ];
  const said = targets.filter(([, one]) => one !== undefined);
  // An Object's averageValue wins over the value that it must also say.
  const [first, second] = type === 'Object' ? said.slice(0, 1) : said;
  if (first === undefined || second !== undefined) {
    const names = said.map(([name]) => name).join(' and ');
    const message = first === undefined ? 'says no target' : `says ${names}: v2 takes one`;
    notes.problems.push({ field: at, message });
    return undefined;
  }
  const [name, goal] = first;
  notes.changes.push({
    field: `${at}.${name}`,
    message: `is target.${Object.keys(goal ?? {})[1]}`,
  });
  const own = { name: source['name'], container: source['container'] };
  if (type === 'Resource') return withFields({}, { name: own.name, target: goal });
  if (type === 'ContainerResource') return withFields({}, { ...own, target: goal });
  const metric = withFields(
    {},
    {
      name: source['metricName'],
      selector: source['metricSelector'] ?? source['selector'],
    },
  );
  if (source['metricName'] === undefined) {
    notes.problems.push({ field: `${at}.metricName`, message: 'is missing' });
    return undefined;
  }
  notes.changes.push({ field: `${at}.metricName`, message: 'is metric.name' });
  if (type !== 'Object') return { metric, target: goal };
  notes.changes.push({ field: `${at}.target`, message: 'is describedObject' });
  return { describedObject: source['target'], metric, target: goal };
}

function target(type: string, field: string, value: unknown): JsonObject | undefined {
  return value === undefined || value === null ? undefined : { type, [field]: value };
}

/** Its fields say what its version does not. */
export function isOldAutoscaler(autoscaler: JsonObject): boolean {
  const metrics = objectIn(autoscaler, 'spec')?.['metrics'];
  const text = JSON.stringify(metrics ?? []);
  return /"(targetAverage\w+|targetValue|metricName)":/.test(text);
}

/** Of an override: the same place in a converted one; undefined: it is the same. */
export function autoscalerPath(path: string): string | undefined {
  const found = /^(.*\/(?:resource|containerResource))\/targetAverage(Utilization|Value)$/.exec(
    path,
  );
  return found === null ? undefined : `${found[1]}/target/average${found[2]}`;
}
