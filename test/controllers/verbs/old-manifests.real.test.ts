/**
 * Manifests of earlier releases and of guides, which no API server takes: what `fedns convert` makes of
 * them is applied by kubectl as it stands, and does in host and members what it was written for.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fedns } from '../../scenario/running-fedns.ts';
import { eventually } from '../eventually.ts';
import { type Federation, startFederation } from '../federation.ts';
import { lookingAt } from '../two-members.ts';
import { federationVerbs } from './federation-verbs.ts';

const CLUSTERS = ['host', 'one', 'two'] as const;
const SYSTEM = 'kube-federation-system';

let federation: Federation;
const { copy, standing } = lookingAt(() => federation);
const kubectl = (args: readonly string[], input?: string) => federation.host.kubectl(args, input);

beforeAll(async () => {
  federation = await startFederation({ members: ['one', 'two'] });
  for (const name of CLUSTERS) {
    await federation.member(name).addNode('node', { region: 'r', zone: name });
    if (name !== 'host') await federation.join(name);
  }
  for (const name of ['shop', 'plain']) await kubectl(['create', 'namespace', name]);
}, 180_000);

afterAll(() => federation?.stop());

/** Refused as it is, and applied as it is converted: a line of kubectl for each object. */
async function applyConverted(name: string, ...how: string[]): Promise<readonly string[]> {
  const file = join(import.meta.dirname, name);
  const apply = ['apply', ...how, '-f', '-'];
  const old = [...apply, '--dry-run=server'];
  await expect(kubectl(old, readFileSync(file, 'utf8'))).rejects.toThrow('no matches for kind');
  const { code, stdout, stderr } = await fedns({ config: undefined }, ['convert', '-f', file]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(name) });
  return (await kubectl(apply, stdout)).trim().split('\n');
}

it('plain objects: every one is there, and pods of the Deployment run', async () => {
  expect(await applyConverted('removed-shapes.yaml', '-n', 'plain')).toEqual([
    'ingress.networking.k8s.io/web created',
    'horizontalpodautoscaler.autoscaling/web created',
    'cronjob.batch/nightly created',
    'poddisruptionbudget.policy/web created',
    'deployment.apps/web created',
    'daemonset.apps/agent created',
  ]);
  await kubectl(['rollout', 'status', 'deployment/web', '-n', 'plain', '--timeout=60s']);
  const { spec } = await federation.get('host', ['ingress', 'web', '-n', 'plain']);
  expect(spec?.['defaultBackend']).toEqual({ service: { name: 'other', port: { number: 8080 } } });
}, 120_000);

it('federated objects of the old groups: their copies are as they were meant', async () => {
  await federationVerbs(federation).done('enable', 'limitranges', '--members', '');
  await kubectl(['delete', 'federatedtypeconfig', 'limitranges', '-n', SYSTEM]);
  const created = await applyConverted('old-groups.yaml');
  expect(created.map((line) => line.split(' ')[1])).toEqual(Array(8).fill('created'));
  await standing('configmap', 'settings', 'one', 'OK');
  await standing('configmap', 'settings', 'two', 'OK');
  expect((await copy('one', 'configmap', 'settings')).data).toEqual({ colour: 'red' });
  expect((await copy('two', 'configmap', 'settings')).data).toEqual({
    colour: 'blue',
    size: 'large',
  });
  const ingress = await eventually(
    () => copy('one', 'ingress', 'web'),
    () => true,
  );
  expect(ingress.spec?.['defaultBackend']).toEqual({
    service: { name: 'web', port: { number: 8080 } },
  });
});

it('the preference schedules the Deployment, whose overrides hold', async () => {
  for (const [cluster, replicas, image] of [
    ['one', 2, 'web:1'],
    ['two', 3, 'web:2'],
  ] as const) {
    const { spec } = await eventually(
      () => copy(cluster, 'deployment', 'web'),
      (seen) => seen.spec?.['replicas'] === replicas,
      60_000,
    );
    expect(JSON.stringify(spec)).toContain(`"image":"${image}"`);
    expect(spec).toMatchObject({ selector: { matchLabels: { app: 'web' } } });
  }
}, 120_000);

it('the type runs, and the record has its Domain', async () => {
  const type = ['federatedtypeconfig', 'limitranges', '-n', SYSTEM];
  await eventually(
    () => federation.get('host', type),
    ({ status }) => status?.conditions?.[0]?.reason === 'Running',
  );
  const domain = ['servicednsrecord', 'web', '-n', 'shop', '-o', 'jsonpath={.status.domain}'];
  await eventually(
    () => kubectl(['get', ...domain]),
    (said) => said === 'example.com',
  );
});
