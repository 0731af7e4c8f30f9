/**
 * A KubeFedConfig (core.kubefed.io/v1beta1): its defaults, what is wrong with it, and the settings
 * that come of it. Only the object named `kubefed` is ever read.
 *
 * Source: specs of KubeFed 0.10, "KubeFedConfig". Our choices: `leases` are a lock too, the two gates
 * of the DNS parts, which KubeFed had up to 0.6, are known, three annotations are durations and one is a flag.
 */

import { bad, good, type Read } from '../read.ts';
import { listAt, textAt, textMapAt, valueAt } from '../untyped.ts';
import { isJsonObject, type JsonObject } from './federated-object.ts';
import { type CheckedWrite, type FieldProblem, formatFieldProblem } from './field-problem.ts';
import { readGoDuration } from './go-duration.ts';

export interface KubeFedSettings {
  readonly scope: 'Cluster' | 'Namespaced';
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
  readonly resourceLock: string;
  readonly healthPeriodMs: number;
  readonly healthTimeoutMs: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
  readonly adoptsResources: boolean;
  readonly featureGates: ReadonlyMap<FeatureGate, boolean>;
}

/** Of KubeFed 0.10, filled in where they are missing. */
const GATE_DEFAULTS = {
  PushReconciler: true,
  RawResourceStatusCollection: false,
  SchedulerPreferences: true,
} as const;
/** Off unless said, as in KubeFed 0.5 and 0.6; not filled in, for later ones refuse them. */
const DNS_GATES = ['CrossClusterServiceDiscovery', 'FederatedIngress'] as const;

export type FeatureGate = keyof typeof GATE_DEFAULTS | (typeof DNS_GATES)[number];

export const FEATURE_GATES: readonly string[] = [...Object.keys(GATE_DEFAULTS), ...DNS_GATES];

/** Ours: how long a deletion waits, and when workloads of a lost cluster go and come back. */
const DURATION_ANNOTATIONS = [
  'fedns.io/deletion-patience',
  'fedns.io/workload-grace',
  'fedns.io/return-after',
] as const;

/** Ours: "false": no DNSEndpoints are written. */
export const ENDPOINTS_ANNOTATION = 'fedns.io/dns-endpoints';

export type DurationAnnotation = (typeof DURATION_ANNOTATIONS)[number];

/** Of client-go: how far a retry may be put off at random. */
const RETRY_JITTER = 1.2;

/** A field of `spec`: section, name, default, kind of value. */
interface Setting {
  readonly section: string;
  readonly name: string;
  readonly fallback: string | number;
  readonly form: 'duration' | 'count' | readonly string[];
}

const SETTINGS: readonly Setting[] = [
  duration('controllerDuration.availableDelay', '20s'),
  duration('controllerDuration.unavailableDelay', '60s'),
  duration('controllerDuration.cacheSyncTimeout', '5m'),
  duration('leaderElect.leaseDuration', '15s'),
  duration('leaderElect.renewDeadline', '10s'),
  duration('leaderElect.retryPeriod', '5s'),
  word('leaderElect.resourceLock', ['configmaps', 'endpoints', 'leases']),
  duration('clusterHealthCheck.period', '10s'),
  duration('clusterHealthCheck.timeout', '3s'),
  count('clusterHealthCheck.failureThreshold', 3),
  count('clusterHealthCheck.successThreshold', 1),
  count('syncController.maxConcurrentReconciles', 1),
  word('syncController.adoptResources', ['Enabled', 'Disabled']),
  count('statusController.maxConcurrentReconciles', 1),
];

/**
 * The same object with every default said, as KubeFed's webhook makes it at creation; what is not
 * of its kind stays as it is, for the checks to tell.
 */
export function defaultKubeFedConfig(object: unknown): JsonObject {
  const spec = valueAt(object, 'spec');
  const filled: Record<string, unknown> = { ...(isJsonObject(spec) ? spec : {}) };
  for (const { section, name, fallback } of SETTINGS) {
    const said = filled[section] ?? {};
    if (!isJsonObject(said)) continue;
    filled[section] = { ...said, [name]: said[name] ?? fallback };
  }
  const gates = filled['featureGates'] ?? [];
  if (Array.isArray(gates)) filled['featureGates'] = withMissingGates(gates);
  return { ...(isJsonObject(object) ? object : {}), spec: filled };
}

function withMissingGates(said: readonly unknown[]): readonly unknown[] {
  const names = new Set(said.map((gate) => textAt(gate, 'name')));
  const missing = Object.entries(GATE_DEFAULTS)
    .filter(([name]) => !names.has(name))
    .map(([name, isOn]) => ({ name, configuration: isOn ? 'Enabled' : 'Disabled' }));
  const nameOf = (gate: unknown) => textAt(gate, 'name') ?? '';
  return [...said, ...missing].sort((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1));
}

/**
 * Taken as KubeFed has them, and without effect: nothing here waits for a cluster to settle, ends a process
 * for a cache, or has a number of workers for each type.
 */
const WITHOUT_EFFECT = new Set([
  'controllerDuration.availableDelay',
  'controllerDuration.unavailableDelay',
  'controllerDuration.cacheSyncTimeout',
  'syncController.maxConcurrentReconciles',
  'statusController.maxConcurrentReconciles',
]);

/** Fields of `spec` that say something else than KubeFed's default, and change nothing. */
export function fieldsWithoutEffect(object: unknown): readonly string[] {
  return SETTINGS.flatMap(({ section, name, fallback }) => {
    const said = valueAt(object, 'spec', section, name);
    const field = `${section}.${name}`;
    const isSaid = said !== undefined && said !== null && said !== fallback;
    return isSaid && WITHOUT_EFFECT.has(field) ? [`spec.${field}`] : [];
  });
}

/** What is missing has its default, so nothing but the scope must be said. */
export function checkKubeFedConfig(
  object: unknown,
  { part = 'spec', before }: CheckedWrite = {},
): readonly FieldProblem[] {
  if (part === 'status') return [];
  return [...checkSpec(object, before), ...checkAnnotations(object)];
}

/** Nothing said is yes. What is neither counts as said so: readDurationAnnotations tells it. */
export function wantsEndpoints(object: unknown): boolean {
  return textMapAt(object, 'metadata', 'annotations').get(ENDPOINTS_ANNOTATION) !== 'false';
}

/** The durations that are said and good, ms; bad: all annotations that are not. */
export function readDurationAnnotations(
  object: unknown,
): Read<ReadonlyMap<DurationAnnotation, number>> {
  const problems = checkAnnotations(object);
  if (problems.length > 0) return bad(problems.map(formatFieldProblem).join('; '));
  const said = textMapAt(object, 'metadata', 'annotations');
  const durations = new Map<DurationAnnotation, number>();
  for (const name of DURATION_ANNOTATIONS) {
    const durationMs = readGoDuration(said.get(name) ?? '');
    if (durationMs !== undefined) durations.set(name, durationMs);
  }
  return good(durations);
}

function checkAnnotations(object: unknown): FieldProblem[] {
  const said = textMapAt(object, 'metadata', 'annotations');
  const problem = (name: string, message: string): FieldProblem => {
    return { field: `metadata.annotations["${name}"]`, message: `"${said.get(name)}" ${message}` };
  };
  const durations = DURATION_ANNOTATIONS.flatMap((name) => {
    const text = said.get(name);
    if (text === undefined || readGoDuration(text) !== undefined) return [];
    return [problem(name, 'is no duration, as 5m or 1m30s')];
  });
  const flag = said.get(ENDPOINTS_ANNOTATION) ?? 'true';
  if (flag === 'true' || flag === 'false') return durations;
  return [...durations, problem(ENDPOINTS_ANNOTATION, 'is neither true nor false')];
}

function checkSpec(object: unknown, before: unknown): readonly FieldProblem[] {
  const whole = defaultKubeFedConfig(object);
  const problems = [...checkScope(object, before)];
  for (const setting of SETTINGS) {
    const message = problemOf(valueAt(whole, 'spec', setting.section, setting.name), setting.form);
    const field = `spec.${setting.section}.${setting.name}`;
    if (message !== undefined) problems.push({ field, message });
  }
  return [...problems, ...checkElection(whole), ...checkGates(object)];
}

/** Of its spec alone: who reads records of a host asks for no more. */
export function readKubeFedConfig(object: unknown): Read<KubeFedSettings> {
  const problems = checkSpec(object, undefined);
  if (problems.length > 0) return bad(problems.map(formatFieldProblem).join('; '));
  const whole = defaultKubeFedConfig(object);
  const at = (section: string, name: string) => valueAt(whole, 'spec', section, name);
  const durationMs = (section: string, name: string) =>
    readGoDuration(String(at(section, name))) ?? 0;
  return good({
    scope: textAt(whole, 'spec', 'scope') === 'Namespaced' ? 'Namespaced' : 'Cluster',
    leaseDurationMs: durationMs('leaderElect', 'leaseDuration'),
    renewDeadlineMs: durationMs('leaderElect', 'renewDeadline'),
    retryPeriodMs: durationMs('leaderElect', 'retryPeriod'),
    resourceLock: String(at('leaderElect', 'resourceLock')),
    healthPeriodMs: durationMs('clusterHealthCheck', 'period'),
    healthTimeoutMs: durationMs('clusterHealthCheck', 'timeout'),
    failureThreshold: Number(at('clusterHealthCheck', 'failureThreshold')),
    successThreshold: Number(at('clusterHealthCheck', 'successThreshold')),
    adoptsResources: at('syncController', 'adoptResources') === 'Enabled',
    featureGates: gatesOf(whole),
  });
}

function gatesOf(whole: JsonObject): ReadonlyMap<FeatureGate, boolean> {
  const said = new Map(
    listAt(whole, 'spec', 'featureGates').map((gate) => [
      textAt(gate, 'name'),
      textAt(gate, 'configuration') === 'Enabled',
    ]),
  );
  const isOn = (gate: FeatureGate): [FeatureGate, boolean] => [gate, said.get(gate) ?? false];
  return new Map([
    isOn('PushReconciler'),
    isOn('RawResourceStatusCollection'),
    isOn('SchedulerPreferences'),
    ...DNS_GATES.map(isOn),
  ]);
}

function checkScope(object: unknown, before: unknown): FieldProblem[] {
  const field = 'spec.scope';
  const scope = textAt(object, 'spec', 'scope');
  if (scope === undefined) return [{ field, message: 'is missing' }];
  const message = problemOf(scope, ['Cluster', 'Namespaced']);
  if (message !== undefined) return [{ field, message }];
  const stored = textAt(before, 'spec', 'scope');
  if (stored === undefined || stored === scope) return [];
  return [{ field, message: 'must not change: the control plane would leave what it made' }];
}

function problemOf(value: unknown, form: Setting['form']): string | undefined {
  if (form === 'count') {
    return Number.isSafeInteger(value) && Number(value) > 0 ? undefined : 'must be 1 or more';
  }
  if (form === 'duration') {
    const durationMs = typeof value === 'string' ? readGoDuration(value) : undefined;
    return (durationMs ?? 0) > 0 ? undefined : 'must be a duration above 0, as 20s or 1m30s';
  }
  const isWord = typeof value === 'string' && form.includes(value);
  return isWord ? undefined : `is none of ${form.join(', ')}`;
}

/** Durations that are none have been told of. */
function checkElection(whole: JsonObject): FieldProblem[] {
  const durationMs = (name: string) =>
    readGoDuration(textAt(whole, 'spec', 'leaderElect', name) ?? '') ?? Number.NaN;
  const renewMs = durationMs('renewDeadline');
  const problems: FieldProblem[] = [];
  if (durationMs('leaseDuration') <= renewMs) {
    const message = 'must be longer than renewDeadline';
    problems.push({ field: 'spec.leaderElect.leaseDuration', message });
  }
  if (renewMs <= durationMs('retryPeriod') * RETRY_JITTER) {
    const message = `must be longer than ${RETRY_JITTER} times retryPeriod`;
    problems.push({ field: 'spec.leaderElect.renewDeadline', message });
  }
  return problems;
}

function checkGates(object: unknown): FieldProblem[] {
  const seen = new Set<string>();
  return listAt(object, 'spec', 'featureGates').flatMap((gate, index) => {
    const at = `spec.featureGates[${index}]`;
    const name = textAt(gate, 'name') ?? '';
    const problems: FieldProblem[] = [];
    const unknown = problemOf(name, FEATURE_GATES);
    if (unknown !== undefined) problems.push({ field: `${at}.name`, message: unknown });
    if (seen.has(name)) problems.push({ field: `${at}.name`, message: `"${name}" stands twice` });
    seen.add(name);
    const message = problemOf(valueAt(gate, 'configuration'), ['Enabled', 'Disabled']);
    if (message !== undefined) problems.push({ field: `${at}.configuration`, message });
    return problems;
  });
}

function duration(field: string, fallback: string): Setting {
  return setting(field, { fallback, form: 'duration' });
}

function count(field: string, fallback: number): Setting {
  return setting(field, { fallback, form: 'count' });
}

/** The first is the default. */
function word(field: string, form: readonly [string, ...string[]]): Setting {
  return setting(field, { fallback: form[0], form });
}

function setting(field: string, of: Pick<Setting, 'fallback' | 'form'>): Setting {
  const [section = '', name = ''] = field.split('.');
  return { section, name, ...of };
}
