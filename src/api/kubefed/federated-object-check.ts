/**
 * What admission refuses of a Federated<Kind>. The template may hold anything: only a member's API
 * server knows what its kind may hold.
 *
 * Source: specs of KubeFed 0.10, "Federated<Kind>", overrides, placement; which refused these only
 * when it propagated. Our choices: a cluster may be placed twice, as KubeFed took it; `~` in a path
 * is only looked at where it is an escape (RFC 6901 section 3), as KubeFed's patches did.
 */

import { pointerOf } from '../dotted-path.ts';
import { readJobPreferences } from '../job-preferences.ts';
import { good } from '../read.ts';
import { listAt, textAt, textMapAt, valueAt } from '../untyped.ts';
import {
  DELETE_OPTIONS_ANNOTATION,
  FORBIDDEN_PATHS,
  isJsonObject,
  JOB_PREFERENCES_ANNOTATION,
} from './federated-object.ts';
import type { CheckedWrite, FieldProblem } from './field-problem.ts';
import { readGoDuration } from './go-duration.ts';
import { isLabelKey, isLabelValue } from './name-forms.ts';

export function checkFederatedObject(
  object: unknown,
  { part = 'spec' }: CheckedWrite = {},
): readonly FieldProblem[] {
  if (part === 'status') return [];
  const spec = valueAt(object, 'spec');
  if (!isJsonObject(spec)) {
    return [...checkMetadata(object), { field: 'spec', message: 'is missing; it may be empty' }];
  }
  const problems = [...checkMetadata(object)];
  const template = spec['template'] ?? {};
  if (!isJsonObject(template)) problems.push({ field: 'spec.template', message: 'is no object' });
  const retain = spec['retainReplicas'] ?? false;
  if (typeof retain !== 'boolean') {
    problems.push({ field: 'spec.retainReplicas', message: 'is neither true nor false' });
  }
  return [
    ...problems,
    ...checkPlacement(spec['placement']),
    ...checkOverrides(spec['overrides']),
    ...checkSelectorOverrides(spec['selectorOverrides']),
    ...checkRollout(spec['rollout']),
    ...checkSelector(spec['clusterLimit'], 'spec.clusterLimit'),
  ];
}

function checkMetadata(object: unknown): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const name = textAt(object, 'metadata', 'name');
  const namespace = textAt(object, 'metadata', 'namespace');
  const isOfNamespace = textAt(object, 'kind') === 'FederatedNamespace';
  if (isOfNamespace && name !== undefined && namespace !== undefined && name !== namespace) {
    const message = `must be "${namespace}": it federates the namespace in which it lies`;
    problems.push({ field: 'metadata.name', message });
  }
  const annotations = textMapAt(object, 'metadata', 'annotations');
  const preferences = annotations.get(JOB_PREFERENCES_ANNOTATION);
  if (preferences !== undefined && textAt(object, 'kind') === 'FederatedJob') {
    const read = readJobPreferences(preferences);
    const field = `metadata.annotations["${JOB_PREFERENCES_ANNOTATION}"]`;
    if (read.kind === 'bad') problems.push({ field, message: read.problem });
  }
  const options = annotations.get(DELETE_OPTIONS_ANNOTATION);
  if (options !== undefined && !isJsonObjectText(options)) {
    const field = `metadata.annotations["${DELETE_OPTIONS_ANNOTATION}"]`;
    problems.push({ field, message: 'is no JSON object' });
  }
  return problems;
}

function isJsonObjectText(text: string): boolean {
  try {
    return isJsonObject(JSON.parse(text));
  } catch {
    return false;
  }
}

function checkPlacement(placement: unknown): FieldProblem[] {
  const at = 'spec.placement.clusterSelector';
  const clusters = listAt(placement, 'clusters').flatMap((one, index) => {
    const field = `spec.placement.clusters[${index}].name`;
    return textAt(one, 'name') === undefined ? [{ field, message: 'is missing' }] : [];
  });
  return [...clusters, ...checkSelector(valueAt(placement, 'clusterSelector'), at)];
}

const KEY_MESSAGE = 'is no key of a label';
const VALUE_MESSAGE = 'is no value of a label: up to 63 letters, digits, -, _ or .';
const VALUES_MESSAGE = 'In and NotIn take values, Exists and DoesNotExist take none';
const OPERATORS: readonly unknown[] = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** `at`: its field. */
function checkSelector(selector: unknown, at: string): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const tell = (field: string, message: string) => problems.push({ field, message });
  const labels = valueAt(selector, 'matchLabels');
  for (const [key, value] of Object.entries(isJsonObject(labels) ? labels : {})) {
    const field = `${at}.matchLabels.${key}`;
    if (!isLabelKey(key)) tell(field, KEY_MESSAGE);
    if (typeof value !== 'string' || !isLabelValue(value)) tell(field, VALUE_MESSAGE);
  }
  for (const [index, one] of listAt(selector, 'matchExpressions').entries()) {
    const field = `${at}.matchExpressions[${index}]`;
    const operator = valueAt(one, 'operator');
    const values = listAt(one, 'values');
    if (!isLabelKey(textAt(one, 'key') ?? '')) tell(`${field}.key`, KEY_MESSAGE);
    if (!OPERATORS.includes(operator)) {
      tell(`${field}.operator`, `is none of ${OPERATORS.join(', ')}`);
      continue;
    }
    const wantsValues = operator === 'In' || operator === 'NotIn';
    if (wantsValues !== values.length > 0) tell(`${field}.values`, VALUES_MESSAGE);
    for (const [at, value] of values.entries()) {
      const isValue = typeof value === 'string' && isLabelValue(value);
      if (!isValue) tell(`${field}.values[${at}]`, VALUE_MESSAGE);
    }
  }
  return problems;
}

function checkOverrides(overrides: unknown): FieldProblem[] {
  const seen = new Set<string>();
  return (Array.isArray(overrides) ? overrides : []).flatMap((one: unknown, index) => {
    const at = `spec.overrides[${index}]`;
    const cluster = textAt(one, 'clusterName') ?? '';
    const problems: FieldProblem[] = [];
    const field = `${at}.clusterName`;
    if (cluster === '') problems.push({ field, message: 'is missing' });
    else if (seen.has(cluster)) problems.push({ field, message: `"${cluster}" stands twice` });
    seen.add(cluster);
    return [...problems, ...checkClusterOverrides(one, at)];
  });
}

function checkSelectorOverrides(overrides: unknown): FieldProblem[] {
  return (Array.isArray(overrides) ? overrides : []).flatMap((one: unknown, index) => {
    const at = `spec.selectorOverrides[${index}]`;
    const field = `${at}.clusterSelector`;
    const selector = valueAt(one, 'clusterSelector');
    const selectorProblems = isJsonObject(selector)
      ? checkSelector(selector, field)
      : [{ field, message: 'is missing; {} selects all' }];
    return [...selectorProblems, ...checkClusterOverrides(one, at)];
  });
}

function checkRollout(rollout: unknown): FieldProblem[] {
  if (!isJsonObject(rollout)) return [];
  const problems: FieldProblem[] = [];
  const { maxClusters, pause } = rollout;
  if (!Number.isInteger(maxClusters) || Number(maxClusters) < 1) {
    problems.push({ field: 'spec.rollout.maxClusters', message: 'must be 1 or more' });
  }
  const isDuration = typeof pause === 'string' && readGoDuration(pause) !== undefined;
  if (pause !== undefined && pause !== null && !isDuration) {
    problems.push({ field: 'spec.rollout.pause', message: 'is no duration, as 30s or 5m' });
  }
  return problems;
}

function checkClusterOverrides(one: unknown, at: string): FieldProblem[] {
  const paths = new Set<string>();
  return listAt(one, 'clusterOverrides').flatMap((override, index) => {
    const field = `${at}.clusterOverrides[${index}]`;
    const problems: FieldProblem[] = [];
    const tell = (name: string, message: string) =>
      problems.push({ field: `${field}.${name}`, message });
    const op = valueAt(override, 'op') ?? '';
    const path = textAt(override, 'path');
    if (!['', 'add', 'remove', 'replace'].includes(String(op))) {
      tell('op', 'is none of add, remove, replace');
    }
    if (path === undefined) tell('path', 'is missing');
    // Dotted it is rewritten, or told of in the status: KubeFed took it.
    const read = path?.startsWith('/') ? good(path) : pointerOf(path ?? '');
    const pointer = read.kind === 'good' ? read.value : undefined;
    if (path === undefined) return problems;
    if (pointer === undefined) tell('path', 'is no JSON pointer: it begins with /');
    else if (FORBIDDEN_PATHS.has(pointer)) tell('path', `${path} may not be overridden`);
    else if (paths.has(pointer)) tell('path', `${path} stands twice`);
    if (pointer !== undefined) paths.add(pointer);
    return problems;
  });
}
