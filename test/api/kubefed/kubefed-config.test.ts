/** KubeFedConfig: defaults, every check, and the settings that come of it. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFieldProblem } from '../../../src/api/kubefed/field-problem.ts';
import { readGoDuration } from '../../../src/api/kubefed/go-duration.ts';
import {
  checkKubeFedConfig,
  defaultKubeFedConfig,
  FEATURE_GATES,
  fieldsWithoutEffect,
  readDurationAnnotations,
  readKubeFedConfig,
  wantsEndpoints,
} from '../../../src/api/kubefed/kubefed-config.ts';

const config = (spec: object) => ({ spec: { scope: 'Cluster', ...spec } });

const problems = (spec: object, before?: object) =>
  checkKubeFedConfig(config(spec), { before: before && config(before) }).map(formatFieldProblem);

const DEFAULTS = {
  scope: 'Cluster',
  controllerDuration: { availableDelay: '20s', unavailableDelay: '60s', cacheSyncTimeout: '5m' },
  leaderElect: {
    leaseDuration: '15s',
    renewDeadline: '10s',
    retryPeriod: '5s',
    resourceLock: 'configmaps',
  },
  clusterHealthCheck: { period: '10s', timeout: '3s', failureThreshold: 3, successThreshold: 1 },
  syncController: { maxConcurrentReconciles: 1, adoptResources: 'Enabled' },
  statusController: { maxConcurrentReconciles: 1 },
  featureGates: [
    { name: 'PushReconciler', configuration: 'Enabled' },
    { name: 'RawResourceStatusCollection', configuration: 'Disabled' },
    { name: 'SchedulerPreferences', configuration: 'Enabled' },
  ],
};

describe('defaults', () => {
  it('of nothing but a scope', () => {
    expect(defaultKubeFedConfig(config({}))).toEqual({ spec: DEFAULTS });
    expect(defaultKubeFedConfig({ spec: DEFAULTS })).toEqual({ spec: DEFAULTS });
  });

  it('beside what is said; null is what is not said', () => {
    const spec = { leaderElect: { leaseDuration: '1m', retryPeriod: null }, syncController: null };
    expect(defaultKubeFedConfig(config(spec))).toMatchObject({
      spec: { ...DEFAULTS, leaderElect: { ...DEFAULTS.leaderElect, leaseDuration: '1m' } },
    });
  });

  it('gates that are missing, sorted by name', () => {
    const gates = (...names: string[]) =>
      names.map((name) => ({ name, configuration: 'Disabled' }));
    const said = gates('SchedulerPreferences', 'FederatedIngress');
    expect(defaultKubeFedConfig(config({ featureGates: said }))).toMatchObject({
      spec: {
        featureGates: [
          ...gates('FederatedIngress'),
          { name: 'PushReconciler', configuration: 'Enabled' },
          ...gates('RawResourceStatusCollection', 'SchedulerPreferences'),
        ],
      },
    });
  });

  it.each([undefined, null, 7, 'text', [], {}, { spec: 7 }, { spec: { leaderElect: 'x' } }])(
    'never throws: %j',
    (object) => {
      expect(defaultKubeFedConfig(object)['spec']).toBeTypeOf('object');
      expect(readKubeFedConfig(object).kind).toBe('bad');
    },
  );
});

describe('checks', () => {
  it.each([
    [{}],
    [{ scope: 'Namespaced' }],
    [{ leaderElect: { leaseDuration: '1h', renewDeadline: '1.5m', resourceLock: 'leases' } }],
    [{ leaderElect: { renewDeadline: '6001ms' } }],
    [{ leaderElect: { resourceLock: 'endpoints' } }],
    [{ clusterHealthCheck: { period: '+20s' } }],
    [{ featureGates: FEATURE_GATES.map((name) => ({ name, configuration: 'Enabled' })) }],
  ])('good: %j', (spec) => {
    expect(problems(spec)).toEqual([]);
  });

  it.each([
    [{ scope: undefined }, 'spec.scope: is missing'],
    [{ scope: 'Global' }, 'spec.scope: is none of Cluster, Namespaced'],
    [
      { controllerDuration: { availableDelay: '0s' } },
      'spec.controllerDuration.availableDelay: must be a duration above 0, as 20s or 1m30s',
    ],
    [
      { controllerDuration: 'soon' },
      'spec.controllerDuration.availableDelay: must be a duration above 0, as 20s or 1m30s',
    ],
    [
      { leaderElect: { leaseDuration: '10s' } },
      'spec.leaderElect.leaseDuration: must be longer than renewDeadline',
    ],
    [
      { leaderElect: { renewDeadline: '6s' } },
      'spec.leaderElect.renewDeadline: must be longer than 1.2 times retryPeriod',
    ],
    [
      { leaderElect: { resourceLock: 'files' } },
      'spec.leaderElect.resourceLock: is none of configmaps, endpoints, leases',
    ],
    [
      { clusterHealthCheck: { failureThreshold: 0 } },
      'spec.clusterHealthCheck.failureThreshold: must be 1 or more',
    ],
    [
      { syncController: { maxConcurrentReconciles: 1.5 } },
      'spec.syncController.maxConcurrentReconciles: must be 1 or more',
    ],
    [
      { featureGates: [{ name: 'X', configuration: 'Enabled' }] },
      `spec.featureGates[0].name: is none of ${FEATURE_GATES.join(', ')}`,
    ],
    [
      { featureGates: [{ name: 'PushReconciler', configuration: true }] },
      'spec.featureGates[0].configuration: is none of Enabled, Disabled',
    ],
  ])('%j: %s', (spec, problem) => {
    expect(problems(spec)[0]).toBe(problem);
  });

  it('annotations that are durations', () => {
    const annotated = (annotations: object) => ({ ...config({}), metadata: { annotations } });
    const good = { 'fedns.io/deletion-patience': '1h', 'fedns.io/return-after': '0s', other: 'x' };
    expect(checkKubeFedConfig(annotated(good))).toEqual([]);
    const said = readDurationAnnotations(annotated(good));
    expect(said).toEqual({
      kind: 'good',
      value: new Map([
        ['fedns.io/deletion-patience', 3_600_000],
        ['fedns.io/return-after', 0],
      ]),
    });
    const wrong = annotated({ ...good, 'fedns.io/workload-grace': 'soon' });
    const problem =
      'metadata.annotations["fedns.io/workload-grace"]: "soon" is no duration, as 5m or 1m30s';
    expect(checkKubeFedConfig(wrong).map(formatFieldProblem)).toEqual([problem]);
    expect(readDurationAnnotations(wrong)).toEqual({ kind: 'bad', problem });
    // Who reads records of a host needs no more than the spec.
    expect(readKubeFedConfig(wrong).kind).toBe('good');
  });

  it('an annotation that is a flag', () => {
    const annotated = (word: string) => ({
      ...config({}),
      metadata: { annotations: { 'fedns.io/dns-endpoints': word } },
    });
    expect(wantsEndpoints(config({}))).toBe(true);
    expect(wantsEndpoints(annotated('true'))).toBe(true);
    expect(wantsEndpoints(annotated('false'))).toBe(false);
    expect(checkKubeFedConfig(annotated('false'))).toEqual([]);
    expect(checkKubeFedConfig(annotated('off')).map(formatFieldProblem)).toEqual([
      'metadata.annotations["fedns.io/dns-endpoints"]: "off" is neither true nor false',
    ]);
  });

  it('what is taken and changes nothing, where it says another thing than the default', () => {
    const spec = {
      controllerDuration: { availableDelay: '20s', cacheSyncTimeout: '1m' },
      syncController: { maxConcurrentReconciles: 4, adoptResources: 'Disabled' },
    };
    expect(fieldsWithoutEffect(config(spec))).toEqual([
      'spec.controllerDuration.cacheSyncTimeout',
      'spec.syncController.maxConcurrentReconciles',
    ]);
    expect(fieldsWithoutEffect(config({}))).toEqual([]);
  });

  it('the scope does not change', () => {
    expect(problems({}, {})).toEqual([]);
    expect(problems({ scope: 'Namespaced' }, { scope: undefined })).toEqual([]);
    expect(problems({ scope: 'Namespaced' }, {})).toEqual([
      'spec.scope: must not change: the control plane would leave what it made',
    ]);
  });

  it('its status is nothing to refuse', () => {
    expect(checkKubeFedConfig({ status: 7 }, { part: 'status' })).toEqual([]);
  });
});

it('settings', () => {
  const gate = { name: 'CrossClusterServiceDiscovery', configuration: 'Enabled' };
  const said = readKubeFedConfig(
    config({ featureGates: [gate], syncController: { adoptResources: 'Disabled' } }),
  );
  if (said.kind === 'bad') throw new Error(said.problem);
  expect(said.value).toMatchObject({
    scope: 'Cluster',
    renewDeadlineMs: 10_000,
    resourceLock: 'configmaps',
    failureThreshold: 3,
    adoptsResources: false,
  });
  expect(Object.fromEntries(said.value.featureGates)).toEqual({
    PushReconciler: true,
    RawResourceStatusCollection: false,
    SchedulerPreferences: true,
    CrossClusterServiceDiscovery: true,
    FederatedIngress: false,
  });
});

describe('durations', () => {
  it.each([
    ['20s', 20_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['5.s', 5000],
    ['300ms', 300],
    ['1500µs', 1.5],
    ['+20s', 20_000],
    ['+', undefined],
    ['+-1s', undefined],
    ['1s+1s', undefined],
    ['0s', 0],
    ['', undefined],
    ['20', undefined],
    ['s', undefined],
    ['-5s', undefined],
    ['1m 30s', undefined],
    ['99999999999h', undefined],
  ])('%s is %s', (text, durationMs) => {
    expect(readGoDuration(text)).toBe(durationMs);
  });

  it('parts add up, in any order', () => {
    const part = fc.tuple(fc.nat(1000), fc.constantFrom('ms', 's', 'm', 'h'));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const text = parts.map(([count, unit]) => `${count}${unit}`).join('');
        const sum = parts.reduce((ms, [n, unit]) => ms + (readGoDuration(`${n}${unit}`) ?? 0), 0);
        expect(readGoDuration(text)).toBeCloseTo(sum, 3);
      }),
    );
  });
});
