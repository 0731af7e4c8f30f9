/** FederatedTypeConfig: name, its three types, and the status by itself. */

import { describe, expect, it } from 'vitest';
import { formatFieldProblem } from '../../../src/api/kubefed/field-problem.ts';
import { checkTypeConfig } from '../../../src/api/kubefed/type-config-check.ts';
import { SHIPPED_TYPES } from '../../../src/federation/federated-types/shipped-types.ts';
import { typeConfigFor } from '../../../src/federation/federated-types/type-config.ts';

const TARGET = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  pluralName: 'deployments',
  scope: 'Namespaced',
};
const FEDERATED = {
  group: 'types.kubefed.io',
  version: 'v1beta1',
  kind: 'FederatedDeployment',
  pluralName: 'federateddeployments',
  scope: 'Namespaced',
};

function problems(spec: object, name = 'deployments.apps'): string[] {
  const good = { targetType: TARGET, federatedType: FEDERATED, propagation: 'Enabled' };
  const object = { metadata: { name }, spec: { ...good, ...spec } };
  return checkTypeConfig(object).map(formatFieldProblem);
}

const target = (more: object) => ({ targetType: { ...TARGET, ...more } });
const federated = (more: object) => ({ federatedType: { ...FEDERATED, ...more } });
const NAME = "metadata.name: must be the target's plural name, a dot and its group (none: no dot)";

describe('good', () => {
  it.each(SHIPPED_TYPES.map((type) => [type.kind, type] as const))('shipped %s', (_, type) => {
    expect(checkTypeConfig(typeConfigFor(type))).toEqual([]);
  });

  it.each([
    [{}, 'deployments.apps'],
    [target({ group: undefined }), 'deployments.apps'],
    [target({ group: '' }), 'deployments'],
    [{ statusCollection: 'Disabled' }, 'deployments.apps'],
    [{ statusType: { ...FEDERATED, group: undefined } }, 'deployments.apps'],
    [{ statusType: null }, 'deployments.apps'],
  ])('%j named %s', (spec, name) => {
    expect(problems(spec, name)).toEqual([]);
  });
});

describe('refused', () => {
  it.each([
    [{}, 'deployments', NAME],
    [{}, 'deployments.extensions', NAME],
    [target({ group: '' }), 'deployment', NAME],
    [{ targetType: undefined }, 'deployments.apps', 'spec.targetType: is missing'],
    [{ federatedType: null }, 'deployments.apps', 'spec.federatedType: is missing'],
  ])('%j named %s: %s', (spec, name, problem) => {
    expect(problems(spec, name)).toContain(problem);
  });

  const label = 'must be a DNS label that begins with a letter';
  it.each([
    [target({ version: '1' }), `spec.targetType.version: ${label}`],
    [target({ version: '' }), `spec.targetType.version: ${label}`],
    [target({ kind: 'De_ployment' }), `spec.targetType.kind: ${label}, once in lower case`],
    [federated({ pluralName: undefined }), `spec.federatedType.pluralName: ${label}`],
    [federated({ pluralName: 'f'.repeat(64) }), `spec.federatedType.pluralName: ${label}`],
    [target({ group: 'Apps' }), 'spec.targetType.group: must be a lower-case DNS name'],
    [federated({ group: 'types' }), 'spec.federatedType.group: must be said, and hold a dot'],
    [federated({ group: '' }), 'spec.federatedType.group: must be said, and hold a dot'],
    [
      { statusType: { ...FEDERATED, group: 'core' } },
      'spec.statusType.group: must be said, and hold a dot',
    ],
    [target({ scope: 'Global' }), 'spec.targetType.scope: is none of Cluster, Namespaced'],
    [target({ scope: undefined }), 'spec.targetType.scope: is missing'],
    [{ propagation: undefined }, 'spec.propagation: is missing'],
    [{ propagation: true }, 'spec.propagation: is missing'],
    [{ statusCollection: 'On' }, 'spec.statusCollection: is none of Enabled, Disabled'],
  ])('%j: %s', (spec, problem) => {
    expect(problems(spec)).toContain(problem);
  });

  it.each([undefined, null, 7, [], {}, { spec: 7 }, { spec: { targetType: 'x' } }])(
    'never throws: %j',
    (object) => {
      expect(checkTypeConfig(object).length).toBeGreaterThan(0);
    },
  );
});

it('of a write to its status only the status counts', () => {
  const check = (status: unknown) =>
    checkTypeConfig({ spec: 7, status }, { part: 'status' }).map(formatFieldProblem);
  expect(check({ observedGeneration: 0, propagationController: 'Running' })).toEqual([]);
  expect(check({ observedGeneration: -1, statusController: 'Idle' })).toEqual([
    'status.observedGeneration: must be 0 or more',
    'status.propagationController: is missing',
    'status.statusController: is none of Running, NotRunning',
  ]);
});
