/**
 * Part `federation`: a real host, many faked members, the control plane as users start it. How long
 * thousands of federated objects take to be everywhere, what the control plane costs at rest, what
 * one changed override touches, and how long a changed template takes to every member.
 */

import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ApiClient } from '../../src/kubernetes/api-client.ts';
import { loadKubeconfig } from '../../src/kubernetes/kubeconfig.ts';
import { installDefinitions } from '../../test/controllers/definitions.ts';
import { freePort } from '../../test/lab/free-port.ts';
import { type KubernetesCluster, startClusters } from '../../test/lab/kubernetes.ts';
import { type RunningProcess, startProcess, temporaryFolder } from '../../test/lab/process.ts';
import type { Figures, Rounds } from '../figures.ts';
import { installedLauncher } from '../installed.ts';
import { startAnywhereHere } from '../load/cores.ts';
import { report } from '../progress.ts';
import { federatedDeployment, memberName, NAMESPACES, placeOf } from './federated-objects.ts';

const MEMBERS = Number(process.env['BENCH_MEMBERS'] ?? 100);
const OBJECTS = Number(process.env['BENCH_OBJECTS'] ?? 5000);
const TEMPLATE_CHANGES = Number(process.env['BENCH_CHANGES'] ?? 20);
/** V8 and runtime/thread/heap-keeper collect a heap three or four times after a load. */
const SETTLING_MS = 90_000;
const REST_MS = 120_000;
const COPIES = OBJECTS * MEMBERS;
/** A start that reads all first is within it. */
const CHANGE_LIMIT_MS = 180_000;
const LIMIT_MS = Math.max(120_000, COPIES * 4);
const NAMESPACE = 'kube-federation-system';
const CREATES_AT_ONCE = 16;

interface Members {
  readonly port: number;
  ask(line: string): Promise<string>;
  stop(): void;
}

export async function measureFederation(_rounds: Rounds): Promise<Figures> {
  await startAnywhereHere();
  installedLauncher();
  const clusters = await startClusters(['host'], { withWorkloads: false });
  const host = clusters.clusters.get('host');
  if (host === undefined) throw new Error('no host');
  await installDefinitions(host, {});
  const members = await startMembers();
  const kubeconfig = await loadKubeconfig({ path: host.kubeconfigPath, environment: {} });
  const client = new ApiClient(kubeconfig.access(kubeconfig.currentContext));
  await registerMembers(client, members.port);
  const product = await startProduct(host);
  const startedMs = performance.now();
  await createObjects(client);
  const createdSeconds = (performance.now() - startedMs) / 1000;
  report(`objects created after ${createdSeconds.toFixed(1)} s`);
  await whenHeld(members, COPIES + NAMESPACES * MEMBERS);
  const everywhereSeconds = (performance.now() - startedMs) / 1000;
  report(`everywhere after ${everywhereSeconds.toFixed(1)} s`);
  await whenTold(client);
  const toldSeconds = (performance.now() - startedMs) / 1000;
  report(`every status says so after ${toldSeconds.toFixed(1)} s`);
  const told = usageOf(product.pid);
  await sleep(SETTLING_MS);
  const before = usageOf(product.pid);
  await sleep(REST_MS);
  const after = usageOf(product.pid);
  const settlingShare = (before.cpuSeconds - told.cpuSeconds) / (SETTLING_MS / 1000);
  const restShare = (after.cpuSeconds - before.cpuSeconds) / (REST_MS / 1000);
  await members.ask('writes');
  await changeOverride(client, 7, 3);
  await sleep(5000);
  const touched = await members.ask('writes');
  report(`one override: ${touched}`);
  const latencies: number[] = [];
  for (let change = 0; change < TEMPLATE_CHANGES; change++) {
    latencies.push(await changeTemplate(client, members, change));
  }
  latencies.sort((left, right) => left - right);
  // A stop right after a change is another matter: its versions are not recorded yet, and it is written again.
  await sleep(10_000);
  await product.stop();
  const restart = await measureRestart(host, client, members);
  members.stop();
  await client.close();
  await clusters.stop();
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
  const row = (what: string, value: number, unit: string, target?: number) => [
    what,
    `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`,
    target === undefined ? '' : `under ${target} ${unit}: ${value < target ? 'met' : 'missed'}`,
  ];
  const copies = COPIES.toLocaleString('en-US');
  const touchedCount = touched.split(' ').length - 1;
  return {
    part: 'federation',
    head: [`${MEMBERS} members, ${OBJECTS} federated Deployments`, 'measured', 'target'],
    rows: [
      row('objects created in the host after', createdSeconds, 's'),
      row(`${copies} copies in the members after`, everywhereSeconds, 's', 600),
      row('every status says so after', toldSeconds, 's'),
      row(`in the ${SETTLING_MS / 1000} s after that: of a core`, settlingShare * 100, '%'),
      row('at rest: of a core', restShare * 100, '%', 5),
      row('at rest: resident', after.residentMb, 'MB', 1000),
      row('its peak', after.peakMb, 'MB'),
      ['members touched by one changed override', `${touchedCount}`, 'one'],
      row('changed template to all members: p50', at(0.5) / 1000, 's'),
      row('p99', at(0.99) / 1000, 's', 5),
      row('started anew: a change made then, to all members', restart.seconds, 's'),
      row('its peak', restart.peakMb, 'MB'),
      ['copies it wrote besides', `${restart.needlessWrites}`, 'none'],
    ],
  };
}

/** All copies are there already: what a new leader reads, and writes, until it is as the one before. */
async function measureRestart(host: KubernetesCluster, client: ApiClient, members: Members) {
  await members.ask('writes');
  const product = await startProduct(host);
  const seconds = (await changeTemplate(client, members, TEMPLATE_CHANGES)) / 1000;
  report(`started anew: a change is everywhere after ${seconds.toFixed(1)} s`);
  await sleep(30_000);
  const [, ...told] = (await members.ask('writes')).split(' ');
  const writes = told.reduce((sum, one) => sum + Number(one.split('=')[1]), 0);
  const { peakMb } = usageOf(product.pid);
  await product.stop();
  return { seconds, peakMb, needlessWrites: writes - MEMBERS };
}

async function startMembers(): Promise<Members> {
  const script = fileURLToPath(new URL('./writable-members.ts', import.meta.url));
  const child = spawn(process.execPath, ['--max-old-space-size=6000', script, String(MEMBERS)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting: ((line: string) => void)[] = [];
  const next = () => new Promise<string>((resolve) => waiting.push(resolve));
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line));
  const ready = await next();
  return {
    port: Number(ready.split(' ')[1]),
    ask(line) {
      child.stdin.write(`${line}\n`);
      return next();
    },
    stop() {
      child.kill('SIGKILL');
    },
  };
}

async function registerMembers(client: ApiClient, port: number): Promise<void> {
  const secrets = `/api/v1/namespaces/${NAMESPACE}/secrets`;
  const clusters = `/apis/core.kubefed.io/v1beta1/namespaces/${NAMESPACE}/kubefedclusters`;
  for (let index = 0; index < MEMBERS; index++) {
    const metadata = { name: memberName(index), namespace: NAMESPACE };
    const token = Buffer.from('token').toString('base64');
    await client.post(secrets, { apiVersion: 'v1', kind: 'Secret', metadata, data: { token } });
    await client.post(clusters, {
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'KubeFedCluster',
      metadata,
      spec: {
        apiEndpoint: `http://127.0.0.1:${port}/m${index}`,
        secretRef: { name: memberName(index) },
      },
    });
  }
}

async function startProduct(host: KubernetesCluster): Promise<RunningProcess> {
  const folder = temporaryFolder('federation');
  const settings = {
    controlPlane: { host: { kubeconfig: host.kubeconfigPath } },
    store: { folder: join(folder, 'state') },
    admin: { listen: `127.0.0.1:${await freePort()}` },
    log: { level: 'warn' },
  };
  writeFileSync(join(folder, 'fedns.yaml'), JSON.stringify(settings));
  return startProcess({
    name: 'fedns',
    command: process.execPath,
    args: [installedLauncher(), 'controller', '--config', join(folder, 'fedns.yaml')],
    logFolder: folder,
  });
}

const federatedPath = (kind: string, namespace: string) =>
  `/apis/types.kubefed.io/v1beta1/namespaces/${namespace}/${kind}`;

async function createObjects(client: ApiClient): Promise<void> {
  for (let index = 0; index < NAMESPACES; index++) {
    const name = `ns-${index}`;
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    await client.post('/api/v1/namespaces', namespace);
    await client.post(federatedPath('federatednamespaces', name), {
      apiVersion: 'types.kubefed.io/v1beta1',
      kind: 'FederatedNamespace',
      metadata: { name, namespace: name },
      spec: { placement: { clusterSelector: {} } },
    });
  }
  let at = 0;
  const create = async () => {
    for (let index = at++; index < OBJECTS; index = at++) {
      const { namespace } = placeOf(index);
      const path = federatedPath('federateddeployments', namespace);
      await client.post(path, federatedDeployment(index));
    }
  };
  await Promise.all(Array.from({ length: CREATES_AT_ONCE }, create));
}

async function whenHeld(members: Members, wanted: number): Promise<void> {
  const endsMs = performance.now() + LIMIT_MS;
  for (let last = 0; performance.now() < endsMs; ) {
    const [, copies = '0'] = (await members.ask('counts')).split(' ');
    if (Number(copies) >= wanted) return;
    if (Number(copies) - last > wanted / 20) {
      report(`${copies} of ${wanted} copies`);
      last = Number(copies);
    }
    await sleep(500);
  }
  throw new Error(`federation: not everywhere within ${LIMIT_MS / 1000} s`);
}

async function whenTold(client: ApiClient): Promise<void> {
  const endsMs = performance.now() + LIMIT_MS;
  while (performance.now() < endsMs) {
    let told = 0;
    for (let index = 0; index < NAMESPACES; index++) {
      const path = federatedPath('federateddeployments', `ns-${index}`);
      const { items } = (await client.get(path)) as {
        items: { status?: { conditions?: { status: string }[] } }[];
      };
      told += items.filter(({ status }) => status?.conditions?.[0]?.status === 'True').length;
    }
    if (told >= OBJECTS) return;
    report(`${told} of ${OBJECTS} told`);
    await sleep(2000);
  }
  throw new Error(`federation: not told within ${LIMIT_MS / 1000} s`);
}

async function changeOverride(client: ApiClient, index: number, replicas: number): Promise<void> {
  const { namespace, name } = placeOf(index);
  const { spec } = federatedDeployment(index, undefined, replicas) as { spec: object };
  await client.patch(`${federatedPath('federateddeployments', namespace)}/${name}`, { spec });
}

/** How long it takes to every member, ms. */
async function changeTemplate(
  client: ApiClient,
  members: Members,
  change: number,
): Promise<number> {
  const index = (change * 97) % OBJECTS;
  const { namespace, name } = placeOf(index);
  const wave = `wave-${change}`;
  const { spec } = federatedDeployment(index, wave) as { spec: object };
  const startedMs = performance.now();
  await client.patch(`${federatedPath('federateddeployments', namespace)}/${name}`, { spec });
  while (performance.now() - startedMs < CHANGE_LIMIT_MS) {
    if (Number((await members.ask(`with ${wave}`)).split(' ')[1]) >= MEMBERS) break;
    await sleep(10);
  }
  return performance.now() - startedMs;
}

function usageOf(pid: number): { cpuSeconds: number; residentMb: number; peakMb: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (field: string) =>
    Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
  const cpuSeconds = (Number(stat[11]) + Number(stat[12])) / 100;
  return { cpuSeconds, residentMb: mb('VmRSS'), peakMb: mb('VmHWM') };
}
