/**
 * The engine on a source that is nothing like Federated<Kind>: plain ConfigMaps of the host that bear a
 * label are federated as they stand, are held by a finalizer of their own, and are told how their copies
 * stand in an annotation, for they have no status. What `ObjectSource` promises is all that is used.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiResource, objectPath } from '../../src/api/kubefed/api-resource.ts';
import {
  type FederatedObject,
  readFederatedObject,
} from '../../src/api/kubefed/federated-object.ts';
import { textMapAt, valueAt } from '../../src/api/untyped.ts';
import { DeletionCauses } from '../../src/controllers/sync/deletion-cause.ts';
import type { ObjectSource } from '../../src/controllers/sync/object-source.ts';
import { PropagatedVersions } from '../../src/controllers/sync/propagated-versions.ts';
import { SyncType } from '../../src/controllers/sync/sync-type.ts';
import { ApiClient } from '../../src/kubernetes/api-client.ts';
import { loadKubeconfig } from '../../src/kubernetes/kubeconfig.ts';
import { PacedClient } from '../../src/kubernetes/reconciling/paced-client.ts';
import { eventually } from './eventually.ts';
import type { Federation } from './federation.ts';
import { lookingAt, startTwoMembers } from './two-members.ts';

const CONFIG_MAPS: ApiResource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  isNamespaced: true,
};
const HELD = 'example.com/held';
const STANDS = 'example.com/stands';

let federation: Federation;
let host: PacedClient;
let engine: SyncType;
let versions: PropagatedVersions;
const faults: unknown[] = [];
const { copy } = lookingAt(() => federation);

function plainConfigMaps(client: PacedClient): ObjectSource {
  const patch = (object: FederatedObject, metadata: object) => {
    const { resourceVersion, uid } = object;
    const body = { metadata: { resourceVersion, uid, ...metadata } };
    return client.patch(objectPath(CONFIG_MAPS, object), body).then(() => undefined);
  };
  return {
    name: 'configmaps.plain',
    resource: CONFIG_MAPS,
    path: '/api/v1/configmaps',
    read(object) {
      if (!textMapAt(object, 'metadata', 'labels').has('federate')) return undefined;
      const template = { data: valueAt(object, 'data') };
      // Where nothing is said of it: everywhere.
      const spec = { template, placement: { clusterSelector: {} } };
      const annotations = textMapAt(object, 'metadata', 'annotations');
      const status = { said: annotations.get(STANDS) };
      return readFederatedObject({ metadata: valueAt(object, 'metadata'), spec, status });
    },
    isHeld: ({ finalizers }) => finalizers.includes(HELD),
    hold: (object) => patch(object, { finalizers: [...object.finalizers, HELD] }),
    letGo: (object) =>
      patch(object, { finalizers: object.finalizers.filter((one) => one !== HELD) }),
    causeOf: async () => 'asked',
    async tell(object, { copies }) {
      const stands = [...copies].map(([name, { status }]) => `${name} ${status || 'OK'}`).sort();
      if (valueAt(object.status, 'said') === stands.join()) return;
      await patch(object, { annotations: { [STANDS]: stands.join() } });
    },
  };
}

beforeAll(async () => {
  federation = await startTwoMembers();
  const kubeconfig = await loadKubeconfig({
    path: federation.host.kubeconfigPath,
    environment: {},
  });
  const client = new ApiClient(kubeconfig.access(kubeconfig.currentContext));
  host = new PacedClient(client, { perSecond: 100, burst: 200 });
  const loops = await eventually(
    async () => federation.controlPlane.loops,
    (one) => {
      const ready = one?.clusters.names.filter((name) => one.clusters.get(name)?.isReady);
      return ready?.length === 2;
    },
  );
  if (loops === undefined) throw new Error('nobody leads');
  versions = new PropagatedVersions({
    host,
    isNamespaced: true,
    namespace: undefined,
    onSynced: () => engine.planAll(),
  });
  engine = new SyncType({
    config: {
      ...{
        name: 'configmaps',
        uid: '',
        generation: 1,
        target: CONFIG_MAPS,
        federated: CONFIG_MAPS,
      },
      ...{ status: undefined, isPropagating: true, collectsStatus: false, takesAnnotations: false },
      ...{ convertsTemplates: false, finalizers: [], isDeleting: false },
    },
    source: plainConfigMaps(host),
    ...{ host, versions, clusters: loops.clusters, onlyNamespace: undefined },
    ...{ collectsStatus: false, federationUid: 'plain', systemNamespaces: new Set() },
    ...{ adopts: true, causes: new DeletionCauses(host), deletionPatienceMs: 60_000 },
    bury: async () => undefined,
    onHeld: () => undefined,
    onNote: () => undefined,
    onFault: (_cluster, _key, error) => faults.push(error),
  });
  versions.start();
  engine.start();
}, 120_000);

afterAll(async () => {
  await engine?.stop();
  await versions?.stop();
  await host?.close();
  await federation?.stop();
});

const configMap = (colour: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'plain', namespace: 'shop', labels: { federate: 'yes' } },
  data: { colour },
});

const colourIn = (cluster: string, colour: string) =>
  eventually(
    () => copy(cluster, 'configmap', 'plain'),
    ({ data }) => data?.['colour'] === colour,
  );

it('an object of it is held, brought to every member, and told of', async () => {
  await federation.apply(configMap('red'));
  for (const cluster of ['one', 'two']) {
    const { metadata } = await colourIn(cluster, 'red');
    expect(metadata.labels).toEqual({ 'kubefed.io/managed': 'true' });
    expect(metadata.annotations).toEqual({ 'fedns.io/owner': 'plain/configmaps.plain' });
  }
  const seen = await eventually(
    () => federation.get('host', ['configmap', 'plain', '-n', 'shop']),
    ({ metadata }) => metadata.annotations?.[STANDS] === 'one OK,two OK',
  );
  expect(seen.metadata.finalizers).toEqual([HELD]);
});

it('a change of it reaches them, drift is undone, and what has no label is left alone', async () => {
  await federation.apply(configMap('blue'));
  for (const cluster of ['one', 'two']) await colourIn(cluster, 'blue');
  const patch = ['patch', 'configmap', 'plain', '-n', 'shop', '--type=merge', '-p'];
  await federation.member('two').kubectl([...patch, '{"data":{"colour":"green"}}']);
  await colourIn('two', 'blue');
  const { items } = await federation.get('one', ['configmaps', '-n', 'shop']);
  expect(items.map(({ metadata }) => metadata.name)).toEqual(['plain']);
});

it('it goes once its copies are gone', async () => {
  await federation.host.kubectl(['delete', 'configmap', 'plain', '-n', 'shop', '--timeout=30s']);
  for (const cluster of ['one', 'two']) {
    const { items } = await federation.get(cluster, ['configmaps', '-n', 'shop']);
    expect(items).toEqual([]);
  }
  expect(faults).toEqual([]);
});
