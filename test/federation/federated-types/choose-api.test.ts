/** Which type a word means, and why one cannot be federated. */

import { describe, expect, it } from 'vitest';
import { readFederatedTypeConfig } from '../../../src/api/kubefed/federated-type-config.ts';
import {
  chooseApi,
  isSaid,
  type NamedApi,
} from '../../../src/federation/federated-types/choose-api.ts';
import {
  enableRefusal,
  federatedGroupProblem,
  webhookHint,
} from '../../../src/federation/federated-types/enable-refusals.ts';
import { federatedResource } from '../../../src/federation/federated-types/federated-resource.ts';
import { typeConfigFor } from '../../../src/federation/federated-types/type-config.ts';

function api(group: string, kind: string, plural: string, shortNames: string[] = []): NamedApi {
  const singular = kind.toLowerCase();
  return { group, version: 'v1', kind, plural, singular, shortNames, isNamespaced: true };
}

const APIS = [
  api('', 'Service', 'services', ['svc']),
  api('', 'Event', 'events', ['ev']),
  api('events.k8s.io', 'Event', 'events', ['ev']),
  api('apps', 'Deployment', 'deployments', ['deploy']),
  api('serving.example.com', 'Service', 'services', ['ksvc']),
  api('a.example.com', 'Widget', 'widgets'),
  api('b.example.com', 'Widget', 'widgets'),
];

describe('a word', () => {
  it.each([
    ['deploy', 'apps deployments'],
    ['Deployment', 'apps deployments'],
    ['deployments.apps', 'apps deployments'],
    ['deployments.v1.apps', 'apps deployments'],
    ['svc', ' services'],
    ['service', ' services'],
    ['ksvc', 'serving.example.com services'],
    ['services.serving.example.com', 'serving.example.com services'],
    ['events', ' events'],
    ['widgets.b.example.com', 'b.example.com widgets'],
  ])('%s', (said, want) => {
    const chosen = chooseApi(APIS, said);
    const got = chosen.kind === 'one' ? `${chosen.api.group} ${chosen.api.plural}` : chosen;
    expect(got).toBe(want);
  });

  it('that several types bear', () => {
    const names = ['widgets.a.example.com', 'widgets.b.example.com'];
    expect(chooseApi(APIS, 'widget')).toEqual({ kind: 'several', names });
  });

  it('that none bears', () => {
    expect(chooseApi(APIS, 'deploymnets')).toEqual({ kind: 'none', near: 'deployments' });
    expect(chooseApi(APIS, 'nothing-like-it')).toEqual({ kind: 'none', near: undefined });
  });

  it.each([
    [['apps'], true],
    [['deploy', 'svc'], true],
    [['core'], false],
    [[], false],
  ])('said to be skipped: %j', (words, want) => {
    expect(isSaid(api('apps', 'Deployment', 'deployments', ['deploy']), words)).toBe(want);
  });
});

describe('refused', () => {
  const verbs = ['create', 'get', 'list', 'watch'];
  const target = (group: string, kind: string, plural: string) => ({
    ...api(group, kind, plural),
    verbs,
  });
  const configFor = (group: string, kind: string, plural: string, federatedGroup?: string) => {
    const federation = { group: federatedGroup ?? 'types.kubefed.io', version: 'v1beta1' };
    const read = readFederatedTypeConfig(
      typeConfigFor(api(group, kind, plural), { api: federation }),
    );
    if (read.kind === 'bad') throw new Error(read.problem);
    return read.value;
  };
  const configs = [
    configFor('extensions', 'Ingress', 'ingresses'),
    configFor('', 'Service', 'services'),
    configFor('apps', 'Deployment', 'deployments', 'other.example.com'),
  ];

  it.each([
    [target('apps', 'DaemonSet', 'daemonsets'), undefined],
    [target('', 'Service', 'services'), undefined],
    [target('core.kubefed.io', 'KubeFedCluster', 'kubefedclusters'), 'the federation itself'],
    [target('types.kubefed.io', 'FederatedJob', 'federatedjobs'), 'the federation itself'],
    [target('rbac.authorization.k8s.io', 'Role', 'roles'), '--allow-escalate'],
    [
      target('networking.k8s.io', 'Ingress', 'ingresses'),
      'FederatedTypeConfig ingresses.extensions: spec.targetType: the same objects',
    ],
    [
      target('apps', 'Deployment', 'deployments'),
      'FederatedTypeConfig deployments.apps: spec.federatedType: is federateddeployments.other.example.com, and cannot become federateddeployments.types.kubefed.io',
    ],
    [
      target('serving.example.com', 'Service', 'services'),
      'FederatedTypeConfig services: spec.federatedType: federatedservices.types.kubefed.io is in use',
    ],
    [{ ...target('a.example.com', 'View', 'views'), verbs: ['get', 'list'] }, 'no create, watch'],
  ])('$group $plural', (wanted, want) => {
    const federated = federatedResource(wanted);
    const wish = { target: wanted, federated, allowsEscalation: false };
    const refusal = enableRefusal(wish, configs);
    if (want === undefined) expect(refusal).toBeUndefined();
    else expect(refusal).toContain(want);
  });

  it('a group that no definition may have', () => {
    expect(federatedGroupProblem('types.example.com')).toBeUndefined();
    expect(federatedGroupProblem('types')).toContain('"types" is no group');
    expect(webhookHint('types.kubefed.io')).toBeUndefined();
    expect(webhookHint('types.example.com')).toMatch(/types\.example\.com until .*apiGroups/);
  });
});
