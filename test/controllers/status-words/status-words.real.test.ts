/**
 * Every word that a Federated<Kind>'s status can say, provoked on real API servers, and the page that
 * lists them: deploy/status-words.md. After a change it is written anew by `UPDATE_STATUS_WORDS=1`, and
 * the difference is to be read.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApiProxy, ApiRequest } from '../../lab/api-proxy.ts';
import { configMap, isWriteTo, type Proxied, startBehindProxies } from '../chaos/behind-proxies.ts';
import { CONTROL_PLANE_NAMESPACE } from '../definitions.ts';
import { eventually } from '../eventually.ts';
import { EVERYWHERE, federated } from '../two-members.ts';
import { isSaid, type Said } from './said-word.ts';
import { pageOf, WORDS, type Word } from './words.ts';

const PAGE = new URL('../../../deploy/status-words.md', import.meta.url);
const ONLY_ONE = { clusters: [{ name: 'one' }] };
const MANAGED = 'kubefed.io/managed';
const REFUSED = { kind: 'refused', status: 403, reason: 'Forbidden' } as const;

let world: Proxied;
let one: ApiProxy;
let host: ApiProxy;
/** Word -> test. */
const seen = new Map<Word, string>();
/** What is held back in `one` from the first test on. */
let letGo: (() => void)[];

const kubectl = (...args: string[]) => world.federation.host.kubectl(args);
const apply = (...objects: object[]) => world.federation.apply(...objects);
const at = (kind: string, name: string) => [`federated${kind}`, name, '-n', 'shop'];
const remove = (name: string) => kubectl('delete', ...at('configmap', name), '--wait=false');
const orphan = async (name: string) => {
  await kubectl('annotate', ...at('configmap', name), 'kubefed.io/orphan=true');
  await remove(name);
};

/** It is said of the object, or of its copy in a cluster; and noted for the page. */
async function says(word: Word, name: string, where = {}, limitMs?: number): Promise<void> {
  const { kind = 'configmap', cluster = 'one', namespace = 'shop' }: Where = where;
  const path = `/apis/types.kubefed.io/v1beta1/namespaces/${namespace}/federated${kind}s/${name}`;
  await eventually(
    async () => (await host.ask('GET', path)).body as Said,
    (object) => isSaid(object, word, cluster),
    limitMs,
  );
  seen.set(word, expect.getState().currentTestName ?? '');
}

interface Where {
  readonly kind?: string;
  /** `any`: whichever it is. */
  readonly cluster?: string;
  readonly namespace?: string;
}

/** Made in `one`, and well. */
async function stand(...names: readonly string[]): Promise<void> {
  await apply(...names.map((name) => configMap(name, { colour: 'red' }, ONLY_ONE)));
  for (const name of names) await world.stands(name, 'one=OK');
}

beforeAll(async () => {
  const config = { syncController: { adoptResources: 'Disabled' } };
  world = await startBehindProxies({ members: ['one', 'two'], config });
  one = world.proxy('one');
  host = world.proxy('host');
  await stand('slow-update', 'slow-deletion', 'slow-release');
  // Its words take half a minute: the other tests go on meanwhile.
  letGo = ['slow-creation', 'slow-update', 'slow-deletion', 'slow-release'].map((name) =>
    one.inject(isWriteTo(name), { kind: 'not answered' }),
  );
  const changed = ['slow-creation', 'slow-update'];
  await apply(...changed.map((name) => configMap(name, { colour: 'blue' }, ONLY_ONE)));
  await remove('slow-deletion');
  await orphan('slow-release');
}, 180_000);

afterAll(() => world?.federation.stop());

it('a member that refuses', async () => {
  const names = ['no-update', 'no-deletion', 'no-release', 'no-read'];
  await stand(...names);
  const isRead = ({ method, objectName }: ApiRequest) =>
    method === 'GET' && objectName === 'no-read';
  const ends = [
    ...[...names, 'no-creation'].map((name) => one.inject(isWriteTo(name), REFUSED)),
    one.inject(isRead, REFUSED),
  ];
  const changed = ['no-update', 'no-creation', 'no-read'];
  await apply(...changed.map((name) => configMap(name, { colour: 'blue' }, ONLY_ONE)));
  await remove('no-deletion');
  await orphan('no-release');
  await says('CreationFailed', 'no-creation');
  await says('UpdateFailed', 'no-update');
  await says('DeletionFailed', 'no-deletion');
  await says('LabelRemovalFailed', 'no-release');
  await says('RetrievalFailed', 'no-read');
  await says('CheckClusters', 'no-read');
  for (const end of ends) end();
});

it('what somebody else has in a member', async () => {
  const member = '/api/v1/namespaces/shop/configmaps';
  const labels = { [MANAGED]: 'true' };
  const annotations = { 'fedns.io/owner': 'another/federatedconfigmaps.types.kubefed.io' };
  await one.ask('POST', member, { metadata: { name: 'theirs' } });
  await one.ask('POST', member, {
    metadata: { name: 'hands-off', labels: { [MANAGED]: 'false' } },
  });
  await one.ask('POST', member, { metadata: { name: 'owned', labels, annotations } });
  const names = ['theirs', 'hands-off', 'owned'];
  await apply(...names.map((name) => configMap(name, { colour: 'red' }, ONLY_ONE)));
  await says('AlreadyExists', 'theirs');
  await says('ManagedLabelFalse', 'hands-off');
  await says('OwnedByOther', 'owned');
  await stand('lingering');
  const held = { metadata: { finalizers: ['example.com/held'] } };
  await world.change('one', 'lingering', held);
  await remove('lingering');
  await says('WaitingForRemoval', 'lingering');
  await world.change('one', 'lingering', { metadata: { finalizers: null } });
});

it('a namespace that is wanted no more, and is not ours alone', async () => {
  const names = ['lent', 'older'];
  const place = (name: string, placement: object) => {
    return { ...federated('Namespace', name, placement), metadata: { name, namespace: name } };
  };
  const inOne = (name: string) => one.ask('GET', `/api/v1/namespaces/${name}`);
  for (const name of names) {
    await kubectl('create', 'namespace', name);
    await apply(place(name, ONLY_ONE));
    await eventually(
      () => inOne(name),
      ({ status }) => status === 200,
    );
  }
  await one.ask('POST', '/api/v1/namespaces/lent/configmaps', { metadata: { name: 'theirs' } });
  // As one that somebody else had made before us.
  await world.federation
    .member('one')
    .kubectl(['annotate', 'namespace', 'older', 'fedns.io/created-']);
  await apply(...names.map((name) => place(name, { clusters: [] })));
  for (const name of names) {
    await says('NamespaceKept', name, { kind: 'namespace', namespace: name });
    const { body } = await inOne(name);
    expect(JSON.stringify(body)).not.toMatch(/fedns\.io|kubefed\.io\/managed/);
    expect(await kubectl('get', 'events', '-n', name)).toContain('NamespaceKept');
  }
  const said = await kubectl('get', 'federatednamespace', '-A', '-o', 'json');
  expect(said).toContain('one: the namespace holds configmaps lent/theirs not ours: it stays');
  expect(said).toContain('one: the namespace was there before us: it stays');
  expect((await one.ask('GET', '/api/v1/namespaces/lent/configmaps/theirs')).status).toBe(200);
});

it('what the object itself says', async () => {
  const misfit = {
    clusterName: 'one',
    clusterOverrides: [{ op: 'remove', path: '/data/nowhere' }],
  };
  const template = { data: { colour: 'red' } };
  await apply(
    federated('ConfigMap', 'misfit', ONLY_ONE, { template, overrides: [misfit] }),
    federated('ConfigMap', 'shapeless', ONLY_ONE, { template: { metadata: { labels: 'none' } } }),
  );
  await says('ApplyOverridesFailed', 'misfit');
  await says('ComputeResourceFailed', 'shapeless');
  const ports = [{ port: 80 }];
  await apply(federated('Service', 'misshapen', ONLY_ONE, { template: { spec: { ports } } }));
  await eventually(
    () => one.ask('GET', '/api/v1/namespaces/shop/services/misshapen'),
    ({ status }) => status === 200,
  );
  const noSpec = JSON.stringify({ spec: { template: { spec: 'none' } } });
  await kubectl('patch', ...at('service', 'misshapen'), '--type=merge', '-p', noSpec);
  await says('FieldRetentionFailed', 'misshapen', { kind: 'service' });
  await kubectl('create', 'namespace', 'alone');
  const alone = { ...configMap('lost', {}), metadata: { name: 'lost', namespace: 'alone' } };
  await apply(alone);
  await says('NamespaceNotFederated', 'lost', { namespace: 'alone' });
  await apply(federated('Namespace', 'misnamed', EVERYWHERE), {
    ...federated('Namespace', 'default', EVERYWHERE),
    metadata: { name: 'default', namespace: 'default' },
  });
  await says('InvalidName', 'misnamed', { kind: 'namespace' });
  await says('SystemNamespace', 'default', { kind: 'namespace', namespace: 'default' });
  // As KubeFed's own definitions, which let nearly everything in.
  const placement = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/placement';
  const looser = { op: 'replace', path: placement, value: ANYTHING };
  const definition = ['crd', 'federatedsecrets.types.kubefed.io', '--type=json'];
  await kubectl('patch', ...definition, '-p', JSON.stringify([looser]));
  const expression = { key: 'tier', operator: 'Near', values: ['edge'] };
  const nowhere = { clusterSelector: { matchExpressions: [expression] } };
  await eventually(
    () => apply(federated('Secret', 'nowhere', nowhere, { template })),
    () => true,
  );
  await says('ComputePlacementFailed', 'nowhere', { kind: 'secret' });
  // A key that no label can have is told, too, and copies stay.
  const wrongKey = { clusterSelector: { matchLabels: { 'my tier': 'edge' } } };
  await stand('selected');
  await apply(configMap('selected', { colour: 'red' }, wrongKey));
  await says('ComputePlacementFailed', 'selected');
  expect((await one.ask('GET', '/api/v1/namespaces/shop/configmaps/selected')).status).toBe(200);
});

const ANYTHING = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

it('what is to wait', async () => {
  await stand('paused');
  await kubectl('annotate', ...at('configmap', 'paused'), 'fedns.io/paused=true');
  await apply(configMap('paused', { colour: 'blue' }, ONLY_ONE));
  await says('Paused', 'paused');
  const rolling = (data: object) => ({ rollout: { maxClusters: 1 }, template: { data } });
  await apply(federated('ConfigMap', 'rolling', EVERYWHERE, rolling({ a: 'b' })));
  await world.stands('rolling', 'one=OK two=OK');
  // Whose turn is first goes wrong, and the other waits.
  await apply(federated('ConfigMap', 'rolling', EVERYWHERE, rolling({ 'not a key!': 'b' })));
  await says('RolloutPending', 'rolling', { cluster: 'any' });
  const job = federated('Job', 'sums', ONLY_ONE, { template: { spec: { parallelism: 2 } } });
  const annotations = { 'federation.kubernetes.io/job-preferences': '{"clusters": 1}' };
  await apply({ ...job, metadata: { name: 'sums', namespace: 'shop', annotations } });
  await says('SharePending', 'sums', { kind: 'job' });
});

it('a namespace that is lost in the host', async () => {
  const within = (given: object, name: string) => ({
    ...given,
    metadata: { name, namespace: 'doomed' },
  });
  await kubectl('create', 'namespace', 'doomed');
  await apply(
    within(federated('Namespace', 'doomed', ONLY_ONE), 'doomed'),
    within(configMap('kept', { colour: 'red' }, ONLY_ONE), 'kept'),
  );
  await eventually(
    () => one.ask('GET', '/api/v1/namespaces/doomed/configmaps/kept'),
    ({ status }) => status === 200,
  );
  await kubectl('delete', 'namespace', 'doomed', '--wait=false');
  await kubectl('delete', 'federatedconfigmap', 'kept', '-n', 'doomed', '--wait=false');
  await says('RemovalHeld', 'kept', { namespace: 'doomed' });
});

it('a member that is not well', async () => {
  await apply(configMap('everywhere', { colour: 'red' }));
  await world.stands('everywhere', 'one=OK two=OK');
  const two = world.proxy('two');
  const end = two.inject(({ path }) => path === '/healthz', { ...REFUSED, status: 500 });
  await says('ClusterNotReady', 'everywhere', { cluster: 'two' });
  end();
  await world.stands('everywhere', 'one=OK two=OK');
});

it('a member that does not answer for half a minute', async () => {
  await says('CreationTimedOut', 'slow-creation', {}, 60_000);
  await says('UpdateTimedOut', 'slow-update', {}, 10_000);
  await says('DeletionTimedOut', 'slow-deletion', {}, 10_000);
  await says('LabelRemovalTimedOut', 'slow-release', {}, 10_000);
  for (const end of letGo) end();
}, 120_000);

it('a start that cannot read all it needs', async () => {
  const { federation } = world;
  const token = ['secret', 'two', '-n', CONTROL_PLANE_NAMESPACE];
  const secret = JSON.parse(await kubectl('get', '-o', 'json', ...token));
  await federation.controlPlane.stop();
  await kubectl('delete', ...token);
  const isList = (plural: string) => (request: ApiRequest) =>
    request.plural === plural && request.method === 'GET' && !request.isObject;
  const clusters = host.inject(isList('kubefedclusters'), REFUSED);
  const versions = host.inject(isList('propagatedversions'), REFUSED);
  const isHealth = ({ plural, objectName, part }: ApiRequest) =>
    plural === 'kubefedclusters' && objectName === 'two' && part === 'status';
  const health = host.inject(isHealth, REFUSED);
  const copies = world.proxy('two').inject(isList('configmaps'), REFUSED);
  await federation.startControlPlane();
  await says('ClusterRetrievalFailed', 'everywhere', {}, 30_000);
  // What was said of copies stays.
  expect(await world.standing('everywhere')).toBe('one=OK two=OK');
  clusters();
  await says('VersionRetrievalFailed', 'everywhere', {}, 40_000);
  versions();
  await says('ClientRetrievalFailed', 'everywhere', { cluster: 'two' }, 40_000);
  const { name, namespace } = secret.metadata;
  await apply({ ...secret, metadata: { name, namespace } });
  health();
  await says('CachedRetrievalFailed', 'everywhere', { cluster: 'two' });
  copies();
  await world.stands('everywhere', 'one=OK two=OK', 40_000);
}, 180_000);

it('there is no word but those, and the page says so', () => {
  const words = Object.keys(WORDS) as Word[];
  expect(words.filter((word) => !seen.has(word))).toEqual([]);
  if (process.env['UPDATE_STATUS_WORDS'] !== undefined) writeFileSync(PAGE, pageOf(seen));
  expect(readFileSync(PAGE, 'utf8')).toBe(pageOf(seen));
});
