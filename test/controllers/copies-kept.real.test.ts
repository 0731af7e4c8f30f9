/**
 * What a real member gets of a template's annotations, what goes with a copy as its object's owner
 * wishes it, and what of a copy its member gave it and a write leaves alone.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { type Federation, type SeenObject, startFederation } from './federation.ts';
import { EVERYWHERE, federated, isPropagated, lookingAt } from './two-members.ts';
import { federationVerbs } from './verbs/federation-verbs.ts';

const LABELS = { app: 'web' };
const POD = { metadata: { labels: LABELS }, spec: { containers: [{ name: 'web', image: 'web' }] } };

let federation: Federation;
const { copy, object, standing } = lookingAt(() => federation);
const kubectl = (args: readonly string[], input?: string) =>
  federation.member('one').kubectl(args, input);
const patchCopy = (kind: string, name: string, patch: object) =>
  kubectl(['patch', kind, name, '-n', 'shop', '--type=merge', '-p', JSON.stringify(patch)]);

beforeAll(async () => {
  federation = await startFederation({ members: ['one'] });
  await federation.member('one').addNode('node', { region: 'r', zone: 'z' });
  await federation.join('one');
  await federation.host.kubectl(['create', 'namespace', 'shop']);
  await federation.apply(federated('Namespace', 'shop', EVERYWHERE));
}, 120_000);

afterAll(() => federation?.stop());

/** Applied, and its copy brought up to it. */
async function propagate(kind: string, name: string, template: object): Promise<SeenObject> {
  await federation.apply(federated(kind, name, EVERYWHERE, { template }));
  const { metadata } = await object(kind.toLowerCase(), name);
  await eventually(
    () => object(kind.toLowerCase(), name),
    (seen) =>
      isPropagated(seen) &&
      JSON.parse(JSON.stringify(seen.status)).observedGeneration === metadata.generation,
  );
  return await copy('one', kind.toLowerCase(), name);
}

describe('annotations of a template', () => {
  const noted = (annotations: object | undefined, colour = 'red') => ({
    ...(annotations !== undefined && { metadata: { annotations } }),
    data: { colour },
  });
  const annotationsOf = ({ metadata }: SeenObject) =>
    Object.fromEntries(
      Object.entries(metadata.annotations ?? {}).filter(([name]) => !name.startsWith('fedns.io/')),
    );

  it('stay in the host, and an Event says so, until the type takes them', async () => {
    const made = await propagate('ConfigMap', 'noted', noted({ note: 'ours' }));
    expect(annotationsOf(made)).toEqual({});
    await eventually(
      () => federation.host.kubectl(['get', 'events', '-n', 'shop']),
      (events) => events.includes('AnnotationsNotSupported'),
    );
    const type = ['federatedtypeconfig', 'configmaps', '-n', 'kube-federation-system'];
    await federation.host.kubectl(['annotate', ...type, 'fedns.io/template-annotations=true']);
    await eventually(
      () => copy('one', 'configmap', 'noted'),
      (seen) => annotationsOf(seen)['note'] === 'ours',
    );
  });

  it('change with it, leave with it, and one that the member wrote itself stays', async () => {
    await kubectl(['annotate', 'configmap', 'noted', '-n', 'shop', 'mine=stays']);
    const changed = await propagate('ConfigMap', 'noted', noted({ note: 'new', more: 'too' }));
    expect(annotationsOf(changed)).toEqual({ note: 'new', more: 'too', mine: 'stays' });
    const fewer = await propagate('ConfigMap', 'noted', noted({ more: 'too' }));
    expect(annotationsOf(fewer)).toEqual({ more: 'too', mine: 'stays' });
    const none = await propagate('ConfigMap', 'noted', noted(undefined, 'blue'));
    expect(annotationsOf(none)).toEqual({ mine: 'stays' });
    expect(none.data).toEqual({ colour: 'blue' });
  });
});

describe('the options of a deletion', () => {
  /** Without an object of its own; owned by this one. */
  const dependentOf = ({ metadata }: SeenObject) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: `of-${metadata.name}`,
      namespace: 'shop',
      ownerReferences: [
        { apiVersion: 'v1', kind: 'ConfigMap', name: metadata.name, uid: metadata.uid },
      ],
    },
  });
  const names = async () =>
    (await kubectl(['get', 'configmaps', '-n', 'shop', '-o', 'name'])).trim().split('\n');
  const wish = (kind: string, name: string, options: object) =>
    federation.host.kubectl([
      ...['annotate', `federated${kind}`, name, '-n', 'shop'],
      `kubefed.io/deleteoption=${JSON.stringify(options)}`,
    ]);
  const remove = (kind: string, name: string, ...how: string[]) =>
    federation.host.kubectl(['delete', `federated${kind}`, name, '-n', 'shop', ...how]);

  it('what a copy owns goes with it, and stays where that is wished', async () => {
    for (const name of ['usual', 'orphaning']) {
      const made = await propagate('ConfigMap', name, { data: {} });
      await kubectl(['create', '-f', '-'], JSON.stringify(dependentOf(made)));
    }
    await wish('configmap', 'orphaning', { propagationPolicy: 'Orphan' });
    for (const name of ['usual', 'orphaning']) await remove('configmap', name, '--timeout=60s');
    const left = await eventually(names, (seen) => !seen.includes('configmap/of-usual'), 60_000);
    expect(left).toContain('configmap/of-orphaning');
    expect(left.filter((name) => /\/(usual|orphaning)$/.test(name))).toEqual([]);
    const kept = await copy('one', 'configmap', 'of-orphaning');
    expect(JSON.stringify(kept.metadata)).not.toContain('ownerReferences');
  }, 90_000);

  it('a pod gets the time to end that is wished', async () => {
    await federationVerbs(federation).done('enable', 'pods', '--members', '');
    await eventually(
      // Of a node that nobody plays: else it had ended, and what is asked for is over.
      () => propagate('Pod', 'slow', { ...POD, spec: { ...POD.spec, nodeName: 'silent' } }),
      () => true,
      60_000,
    );
    // Or it is gone before anybody has looked.
    await patchCopy('pod', 'slow', { metadata: { finalizers: ['example.com/held'] } });
    await wish('pod', 'slow', { gracePeriodSeconds: 77 });
    await remove('pod', 'slow', '--wait=false');
    const ending = await eventually(
      () => copy('one', 'pod', 'slow'),
      ({ metadata }) => metadata.deletionTimestamp !== undefined,
    );
    expect(ending.metadata).toMatchObject({ deletionGracePeriodSeconds: 77 });
    await standing('pod', 'slow', 'one', 'WaitingForRemoval');
    await patchCopy('pod', 'slow', { metadata: { finalizers: null } });
  }, 120_000);
});

describe('what the member gave a copy stays through a write', () => {
  it('the port of a Service at which load balancers ask for its health', async () => {
    const service = (app: string) => ({
      spec: {
        ...{ type: 'LoadBalancer', externalTrafficPolicy: 'Local' },
        ...{ selector: { app }, ports: [{ port: 80 }] },
      },
    });
    const before = await propagate('Service', 'local', service('web'));
    const port = before.spec?.['healthCheckNodePort'];
    expect(port).toBeGreaterThan(0);
    const after = await propagate('Service', 'local', service('shop'));
    expect(after.spec?.['selector']).toEqual({ app: 'shop' });
    expect(after.spec).toMatchObject({
      healthCheckNodePort: port,
      clusterIPs: before.spec?.['clusterIPs'],
      ports: before.spec?.['ports'],
    });
  });

  it('the Secrets of a ServiceAccount, unless the template has its own', async () => {
    const secretsOf = (seen: SeenObject) => JSON.parse(JSON.stringify(seen)).secrets;
    await propagate('ServiceAccount', 'robot', {});
    await patchCopy('serviceaccount', 'robot', { secrets: [{ name: 'robot-token' }] });
    const labelled = await propagate('ServiceAccount', 'robot', { metadata: { labels: LABELS } });
    expect(labelled.metadata.labels).toMatchObject(LABELS);
    expect(secretsOf(labelled)).toEqual([{ name: 'robot-token' }]);
    const own = await propagate('ServiceAccount', 'robot', { secrets: [{ name: 'ours' }] });
    expect(secretsOf(own)).toEqual([{ name: 'ours' }]);
  });

  it('finalizers and owners that others set', async () => {
    await propagate('ConfigMap', 'held', { data: { colour: 'red' } });
    const { metadata } = await copy('one', 'serviceaccount', 'robot');
    const { name, uid } = metadata;
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ServiceAccount', name, uid }];
    const finalizers = ['example.com/held'];
    await patchCopy('configmap', 'held', { metadata: { finalizers, ownerReferences } });
    const after = await propagate('ConfigMap', 'held', { data: { colour: 'blue' } });
    expect(after.data).toEqual({ colour: 'blue' });
    expect(after.metadata).toMatchObject({ finalizers, ownerReferences });
    await patchCopy('configmap', 'held', { metadata: { finalizers: null } });
  });
});
