/**
 * What one member alone lacks of a federated type, a right or the definition: its status names just
 * that, the other members have their copies, and once it is there the rest comes by itself. On real
 * clusters, the control plane with only what `join` and `enable` gave it in them.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { eventually } from '../eventually.ts';
import { type Federation, startFederation } from '../federation.ts';
import { EVERYWHERE, federated, isPropagated, lookingAt } from '../two-members.ts';
import { type FederationVerbs, federationVerbs, WIDGETS } from './federation-verbs.ts';

/** A watch that failed is tried again within half a minute. */
const HEALS_MS = 60_000;
const MEMBERS = ['one', 'two', 'three'] as const;
const RULE =
  '; missing there is the rule {"apiGroups":["example.com"],"resources":["widgets"],"verbs":["get","list","watch","create","update","patch","delete"]}: "fedns enable widgets.example.com" adds it';
const THREE = { template: { spec: { replicas: 3 } } };

let federation: Federation;
let verbs: FederationVerbs;
const { copy, object, standing } = lookingAt(() => federation);

beforeAll(async () => {
  federation = await startFederation({ members: MEMBERS, withWorkloads: false });
  verbs = federationVerbs(federation);
  for (const name of MEMBERS) await verbs.done('join', name);
  await federation.host.kubectl(['create', 'namespace', 'shop']);
  await federation.apply(federated('Namespace', 'shop', EVERYWHERE));
  for (const name of ['host', ...MEMBERS]) await define(name, WIDGETS);
}, 180_000);

afterAll(() => federation?.stop());

async function define(cluster: string, definition: typeof WIDGETS): Promise<void> {
  const { kubectl } = federation.member(cluster);
  await kubectl(['apply', '-f', '-'], JSON.stringify(definition));
  await kubectl(['wait', '--for=condition=Established', `crd/${definition.metadata.name}`]);
}

/** Its status has a word for this one of the clusters, and none for the others, which have a copy. */
async function onlyLacking(cluster: string, kind: string, name: string): Promise<string> {
  await standing(kind, name, cluster, 'CachedRetrievalFailed');
  for (const other of MEMBERS.filter((one) => one !== cluster)) {
    await standing(kind, name, other, 'OK');
    expect((await copy(other, kind, name)).spec).toEqual({ replicas: 3 });
  }
  return await lackingIn(cluster, kind, name);
}

/** What is said of it; empty: nothing. */
async function lackingIn(cluster: string, kind: string, name: string): Promise<string> {
  const { status } = await object(kind, name);
  return status?.clusters?.find((one) => one.name === cluster)?.message ?? '';
}

describe('a right', () => {
  /** What `enable` prints for whoever may: rules of a role. */
  let printed = '';

  it('the status of the member without it names the verb, the resource and the group', async () => {
    printed = await verbs.done('enable', 'widgets.example.com', '--members=one,three');
    expect(printed).toContain('#   two: ClusterRole kubefed-controller-manager:two-host');
    await federation.apply(federated('Widget', 'wheel', EVERYWHERE, THREE));
    const message = await onlyLacking('two', 'widget', 'wheel');
    expect(message).toContain('403 Forbidden');
    expect(message).toMatch(
      /User "system:serviceaccount:kube-federation-system:two-host" cannot (list|watch) resource "widgets" in API group "example.com"/,
    );
    expect(message).toContain(RULE);
  });

  it('the rules that enable printed, added there, heal it by themselves', async () => {
    const rules = parse(printed.slice(printed.indexOf('# These members')));
    expect(rules).toEqual([JSON.parse(/\{.*\}/.exec(RULE)?.[0] ?? '')]);
    await changeRules((before) => [...before, ...rules]);
    const seen = await eventually(() => object('widget', 'wheel'), isPropagated, HEALS_MS);
    expect(seen.status?.clusters).toEqual(MEMBERS.toSorted().map((name) => ({ name })));
    expect((await copy('two', 'widget', 'wheel')).spec).toEqual({ replicas: 3 });
  }, 90_000);

  it('one verb alone is named as well, once it is needed', async () => {
    await changeRules((before) =>
      before.map((rule) =>
        rule.resources?.includes('widgets') === true
          ? { ...rule, verbs: rule.verbs.filter((verb) => verb !== 'create') }
          : rule,
      ),
    );
    await federation.apply(federated('Widget', 'spoke', EVERYWHERE, THREE));
    const stands = await standing('widget', 'spoke', 'two', 'CreationFailed');
    expect(stands?.message).toContain('403 Forbidden');
    expect(stands?.message).toContain(
      'cannot create resource "widgets" in API group "example.com" in the namespace "shop"',
    );
    expect(stands?.message).toContain(RULE);
    await standing('widget', 'spoke', 'one', 'OK');
    await verbs.done('enable', 'widgets.example.com', '--members=two');
    await eventually(() => object('widget', 'spoke'), isPropagated, HEALS_MS);
  }, 90_000);
});

interface Rule {
  readonly resources?: readonly string[];
  readonly verbs: readonly string[];
}

/** Of the account of `two`, by whoever may. */
async function changeRules(change: (before: readonly Rule[]) => readonly Rule[]): Promise<void> {
  const { kubectl } = federation.member('two');
  const role = ['clusterrole', 'kubefed-controller-manager:two-host'];
  const { rules } = JSON.parse(await kubectl(['get', '-o', 'json', ...role]));
  const patch = JSON.stringify({ rules: change(rules) });
  await kubectl(['patch', ...role, '--type=merge', '-p', patch]);
}

describe('the definition', () => {
  const { metadata: _, spec, ...crd } = WIDGETS;
  const names = { kind: 'Gadget', plural: 'gadgets', singular: 'gadget', shortNames: ['gd'] };
  const gadgets = { ...crd, metadata: { name: 'gadgets.example.com' }, spec: { ...spec, names } };

  it('the status of the member without it says so', async () => {
    for (const name of ['host', 'one', 'two']) await define(name, gadgets);
    await verbs.done('enable', 'gadgets.example.com', '--members', '');
    await federation.apply(federated('Gadget', 'lamp', EVERYWHERE, THREE));
    const forbidden = await standing('gadget', 'lamp', 'three', 'CachedRetrievalFailed');
    expect(forbidden?.message).toContain('403 Forbidden');
    await verbs.done('enable', 'gadgets.example.com');
    for (const other of ['one', 'two']) {
      await eventually(
        () => copy(other, 'gadget', 'lamp'),
        () => true,
        HEALS_MS,
      );
    }
    // What was wrong first is no news any more.
    await eventually(
      () => lackingIn('three', 'gadget', 'lamp'),
      (message) => /^GET \/apis\/example\.com\/v1\/gadgets: server says 404/.test(message),
      HEALS_MS,
    );
    const message = await onlyLacking('three', 'gadget', 'lamp');
    expect(message).toContain('; the member does not have gadgets.example.com in v1');
  }, 90_000);

  it('made there later, the copy comes by itself', async () => {
    await define('three', gadgets);
    await eventually(() => object('gadget', 'lamp'), isPropagated, HEALS_MS);
    expect((await copy('three', 'gadget', 'lamp')).spec).toEqual({ replicas: 3 });
  }, 90_000);

  it('taken away with the copy in it, the status says so; back again the copy comes again', async () => {
    const { kubectl } = federation.member('three');
    await kubectl(['delete', 'crd', 'gadgets.example.com']);
    await eventually(
      () => lackingIn('three', 'gadget', 'lamp'),
      (message) => /^POST .*: server says 404/.test(message),
      HEALS_MS,
    );
    await standing('gadget', 'lamp', 'one', 'OK');
    await define('three', gadgets);
    await eventually(() => object('gadget', 'lamp'), isPropagated, HEALS_MS);
    expect((await copy('three', 'gadget', 'lamp')).spec).toEqual({ replicas: 3 });
  }, 150_000);
});
