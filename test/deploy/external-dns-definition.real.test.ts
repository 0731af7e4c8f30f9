/**
 * ExternalDNS's own definition, which we bring where it is missing: one that is there stays as it is, and
 * goes with ours only where nobody else has written it.
 */

import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { textAt, valueAt } from '../../src/api/untyped.ts';
import { type Clusters, type KubernetesCluster, startClusters } from '../lab/kubernetes.ts';
import { startProcess } from '../lab/process.ts';
import { DEPLOY } from './admission-table.ts';

const LAUNCHER = new URL('../../src/launch.js', import.meta.url).pathname;
const CRD = ['crd', 'dnsendpoints.externaldns.k8s.io'];
const FILE = join(DEPLOY, 'crds/external-dns/dnsendpoints.yaml');

let clusters: Clusters;
let host: KubernetesCluster;

beforeAll(async () => {
  clusters = await startClusters(['host'], { withWorkloads: false });
  const found = clusters.clusters.get('host');
  if (found === undefined) throw new Error('no host');
  host = found;
}, 120_000);

afterAll(() => clusters?.stop());

/** What it said; throws where it fails. */
async function fedns(...args: readonly string[]): Promise<string> {
  const kubeconfig = ['--kubeconfig', host.kubeconfigPath];
  const ran = startProcess({
    name: 'fedns',
    command: process.execPath,
    args: [LAUNCHER, ...args, ...kubeconfig],
  });
  expect(await ran.exited, ran.log()).toBe(0);
  return ran.log();
}

const definition = async (): Promise<unknown> =>
  JSON.parse(await host.kubectl(['get', ...CRD, '--show-managed-fields', '-o', 'json']));
const isThere = async () =>
  (await host.kubectl(['get', ...CRD, '--ignore-not-found', '-o', 'name'])) !== '';

it('is made where it is missing, and goes again as we made it', async () => {
  expect(await fedns('install', '--only-definitions')).toContain(`${CRD[1]} created`);
  const approved = 'api-approved.kubernetes.io';
  expect(valueAt(await definition(), 'metadata', 'annotations', approved)).toContain(
    'kubernetes-sigs/external-dns',
  );
  expect(await fedns('uninstall', '--delete-crds')).toContain(`${CRD[1]} deleted`);
}, 120_000);

it('is left alone where it is there already', async () => {
  await host.kubectl(['wait', '--for=delete', ...CRD, '--timeout=30s']);
  await host.kubectl(['create', '-f', FILE]);
  const before = await definition();
  expect(await fedns('install', '--only-definitions')).toContain(`${CRD[1]} kept`);
  const after = await definition();
  expect(valueAt(after, 'metadata', 'managedFields')).toEqual(
    valueAt(before, 'metadata', 'managedFields'),
  );
  expect(textAt(after, 'metadata', 'uid')).toBe(textAt(before, 'metadata', 'uid'));
  expect(await fedns('uninstall', '--delete-crds')).not.toContain(CRD[1]);
  expect(await isThere()).toBe(true);
}, 120_000);

it('is left alone where others have written what we made', async () => {
  await host.kubectl(['delete', ...CRD]);
  await fedns('install', '--only-definitions');
  const as = ['--server-side', '--force-conflicts', '--field-manager=external-dns'];
  await host.kubectl(['apply', ...as, '-f', FILE]);
  const said = await fedns('uninstall', '--delete-crds');
  expect(said).toContain('dnsendpoints.multiclusterdns.kubefed.io deleted');
  expect(said).not.toContain(CRD[1]);
  expect(await isThere()).toBe(true);
}, 120_000);
