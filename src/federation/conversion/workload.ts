/**
 * Deployment, DaemonSet, ReplicaSet, StatefulSet of extensions/v1beta1, apps/v1beta1, apps/v1beta2 ->
 * apps/v1: a selector must be said, and some that is not said means something else. Pure.
 *
 * Source: Kubernetes "Deprecated API Migration Guide", v1.16.
 */

import type { JsonObject } from '../../api/kubefed/federated-object.ts';
import { textAt, textMapAt, valueAt } from '../../api/untyped.ts';
import { type ConversionNotes, objectIn, withFields } from './conversion.ts';

export function convertWorkload(
  workload: JsonObject,
  notes: ConversionNotes,
  apiVersion: string,
): JsonObject {
  const given = objectIn(workload, 'spec');
  if (given === undefined) return workload;
  const { rollbackTo, templateGeneration, ...spec } = given;
  const kind = textAt(workload, 'kind') ?? '';
  if (rollbackTo !== undefined) {
    const message = 'apps/v1 has none: "kubectl rollout undo" does it';
    notes.problems.push({ field: 'spec.rollbackTo', message });
  }
  if (templateGeneration !== undefined) {
    const message = 'is left out: apps/v1 counts by itself';
    notes.changes.push({ field: 'spec.templateGeneration', message });
  }
  for (const [field, before, now] of DEFAULTS[`${kind} ${apiVersion}`] ?? []) {
    if (valueAt(spec, ...field.split('.')) !== undefined) continue;
    const message = `is not said: it was ${before}, and is ${now}`;
    notes.changes.push({ field: `spec.${field}`, message });
  }
  const rollback = rollbackTo === undefined ? {} : { rollbackTo };
  return withFields(workload, { spec: { ...withSelector(spec, notes), ...rollback } });
}

function withSelector(spec: JsonObject, notes: ConversionNotes): JsonObject {
  const labels = textMapAt(spec, 'template', 'metadata', 'labels');
  const field = 'spec.selector';
  const selector = objectIn(spec, 'selector');
  const isSaid = selector !== undefined && Object.keys(selector).length > 0;
  if (!isSaid && labels.size === 0) {
    const message = 'is missing, and spec.template.metadata.labels, which it would be, too';
    notes.problems.push({ field, message });
    return spec;
  }
  if (!isSaid) {
    notes.changes.push({ field, message: 'was not said: the labels of spec.template' });
    const { selector: _, replicas, ...rest } = spec;
    const matchLabels = Object.fromEntries(labels);
    return { ...(replicas !== undefined && { replicas }), selector: { matchLabels }, ...rest };
  }
  for (const [key, value] of textMapAt(selector, 'matchLabels')) {
    if (labels.get(key) === value) continue;
    const message = `is not among spec.template.metadata.labels, where apps/v1 wants it`;
    notes.problems.push({ field: `${field}.matchLabels["${key}"]`, message });
  }
  return spec;
}

type Default = readonly [field: string, before: string, now: string];

const UPDATE: Default = ['updateStrategy.type', 'OnDelete', 'RollingUpdate'];
const HISTORY: Default = ['revisionHistoryLimit', 'without limit', '10'];
const DEADLINE: Default = ['progressDeadlineSeconds', 'without limit', '600'];
const SURGE: Default = ['strategy.rollingUpdate.maxSurge', '1', '25%'];
const UNAVAILABLE: Default = ['strategy.rollingUpdate.maxUnavailable', '1', '25%'];

/** Of what nobody says, where that is another thing now. */
const DEFAULTS: Readonly<Record<string, readonly Default[]>> = {
  'Deployment extensions/v1beta1': [DEADLINE, HISTORY, SURGE, UNAVAILABLE],
  'Deployment apps/v1beta1': [['revisionHistoryLimit', '2', '10']],
  'DaemonSet extensions/v1beta1': [UPDATE],
  'StatefulSet apps/v1beta1': [UPDATE],
};
