/** Rights in a member: as little as the enabled types want, changed as one comes or goes. */

import { describe, expect, it } from 'vitest';
import {
  allowedTypes,
  typeRules,
  withoutType,
  withRules,
} from '../../../src/federation/joining/member-rules.ts';

const type = (group: string, plural: string, isNamespaced = true) => ({
  ...{ group, version: 'v1', kind: plural, plural, isNamespaced },
});
const RBAC = 'rbac.authorization.k8s.io';
const WRITE = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
const deployments = type('apps', 'deployments');

describe('rules of a type', () => {
  it.each([
    [deployments, [{ apiGroups: ['apps'], resources: ['deployments'], verbs: WRITE }]],
    [
      type(RBAC, 'clusterroles', false),
      [{ apiGroups: [RBAC], resources: ['clusterroles'], verbs: [...WRITE, 'escalate'] }],
    ],
    [
      type(RBAC, 'rolebindings'),
      [
        { apiGroups: [RBAC], resources: ['rolebindings'], verbs: WRITE },
        { apiGroups: [RBAC], resources: ['roles', 'clusterroles'], verbs: ['bind'] },
      ],
    ],
  ])('$plural', (target, want) => {
    expect(typeRules(target)).toEqual(want);
  });
});

describe('a rule that', () => {
  const [own] = typeRules(deployments);
  it.each([
    ['is there', [own], 0],
    ['an old join covers by *', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }], 0],
    ['a person wrote wider', [{ ...own, resources: ['deployments', 'daemonsets'] }], 0],
    ['is there with fewer verbs', [{ ...own, verbs: ['get'] }], 1],
    ['is there for some names', [{ ...own, resourceNames: ['web'] }], 1],
    ['is there for another group', [{ ...own, apiGroups: ['extensions'] }], 1],
    ['is not there', [], 1],
  ])('%s', (_what, rules, added) => {
    const given = withRules(rules, typeRules(deployments));
    expect(given).toEqual(added === 0 ? rules : [...rules, own]);
    expect(withRules(given, typeRules(deployments))).toEqual(given);
  });

  it('was given is taken again, and no other', () => {
    const services = typeRules(type('', 'services'));
    const wider = { ...own, resources: ['deployments', 'daemonsets'] };
    const rules = [...services, ...typeRules(deployments), wider];
    expect(withoutType(rules, deployments, [])).toEqual([...services, wider]);
  });

  it.each([
    ['content of namespaces', type('', 'namespaces', false), []],
    ['the bind of bindings', type(RBAC, 'rolebindings'), []],
    [
      'but not what another type gives, too',
      type(RBAC, 'rolebindings'),
      [type(RBAC, 'clusterrolebindings', false)],
    ],
  ])('goes with all that came with it: %s', (_what, target, others) => {
    const before = [...typeRules(deployments), ...others.flatMap(typeRules)];
    const given = withRules(before, typeRules(target));
    expect(given.length).toBeGreaterThan(before.length);
    expect(withoutType(given, target, [deployments, ...others])).toEqual(before);
  });
});

describe('types of a join', () => {
  const types = [type(RBAC, 'clusterroles', false), type('', 'namespaces', false), deployments];
  const names = (list: readonly { plural: string }[]) => list.map(({ plural }) => plural).join(' ');
  it.each([
    ['of the whole cluster', false, false, 'deployments namespaces', 'clusterroles'],
    ['with a word on roles', false, true, 'clusterroles deployments namespaces', ''],
    ['of one namespace', true, false, 'deployments', ''],
  ])('%s', (_what, isNamespaced, allowsEscalation, allowed, withheld) => {
    const said = allowedTypes(types, { isNamespaced, allowsEscalation });
    expect([names(said.allowed), names(said.withheld)]).toEqual([allowed, withheld]);
  });
});
