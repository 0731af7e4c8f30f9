/**
 * Part `members`: many faked members in another process, the product as users start it. Time from
 * a cold start to complete answers, the last-known answers after a restart, memory, and how long a
 * changed endpoint takes to a changed answer on the wire while many change.
 */

import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startEtcd } from '../../test/lab/etcd.ts';
import { freePort } from '../../test/lab/free-port.ts';
import {
  type RunningProcess,
  startProcess,
  temporaryFolder,
  waitUntil,
} from '../../test/lab/process.ts';
import { ask } from '../../test/scenario/running-fedns.ts';
import type { Figures, Rounds } from '../figures.ts';
import { installedLauncher } from '../installed.ts';
import { startAnywhereHere } from '../load/cores.ts';
import { report } from '../progress.ts';
import { answersOverTcp } from './answers-over-tcp.ts';
import { rawPuts } from './raw-puts.ts';

const MEMBERS = Number(process.env['BENCH_MEMBERS'] ?? 100);
const SERVICES = Number(process.env['BENCH_SERVICES'] ?? 10_000);
const COPIES = Number(process.env['BENCH_COPIES'] ?? 5);
const ENDPOINTS = 5;
const CHURN_PER_SECOND = 325;
const FLIPS = 300;
const SNAPSHOT_MS = Number(process.env['BENCH_SNAPSHOT_MS'] ?? 65_000);
const FLIP_EVERY_MS = 40;
/** Of a large state the snapshot is being written before. */
const REST_MS = SERVICES * COPIES > 50_000 ? 90_000 : 30_000;
/** A slow machine is measured, too: thrice what is wanted of 50,000 shards, and so on. */
const COLD_LIMIT_MS = Math.max(90_000, SERVICES * COPIES * 0.6);

/** What is wanted of the size we promise, and of the limit. */
const TARGETS =
  SERVICES * COPIES > 50_000
    ? { coldSeconds: 180, residentMb: 2500 }
    : { coldSeconds: 30, residentMb: 700, restartSeconds: 1, p50Ms: 150, p99Ms: 1000 };

interface Faked {
  readonly port: number;
  command(line: string): void;
  stop(): void;
}

interface Product extends RunningProcess {
  readonly port: number;
  readonly adminPort: number;
  readonly startedMs: number;
}

export async function measureMembers(_rounds: Rounds): Promise<Figures> {
  await startAnywhereHere();
  installedLauncher();
  const etcd = await startEtcd({ version: '3.7' });
  const faked = await startFaked();
  const folder = temporaryFolder('members');
  writeSettings(folder, faked.port, etcd.endpoint);
  const cold = await startProduct(folder);
  const coldSeconds = await whenComplete(cold);
  report(`cold: complete after ${coldSeconds.toFixed(1)} s`);
  // What the start left behind is given back once the heap rests.
  await sleep(REST_MS);
  const memory = memoryOf(cold.pid);
  report(`resident ${memory.residentMb.toFixed(0)} MB, peak ${memory.peakMb.toFixed(0)} MB`);
  const latencies = await flips(cold, faked);
  // Its snapshot is at most a minute old.
  await sleep(SNAPSHOT_MS);
  const rested = memoryOf(cold.pid);
  report(`at rest: resident ${rested.residentMb.toFixed(0)} MB`);
  await cold.stop();
  const warm = await startProduct(folder);
  const warmSeconds = await whenAnswering(warm);
  const warmComplete = await whenComplete(warm);
  await warm.stop();
  faked.stop();
  await etcd.stop();
  // Each shard stands at its service's global name, its region's and its zone's.
  const rawSeconds = await rawPuts(3 * SERVICES * COPIES);
  const row = (what: string, value: number, unit: string, target?: number) => [
    what,
    `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`,
    target === undefined ? '' : `under ${target} ${unit}: ${value < target ? 'met' : 'missed'}`,
  ];
  const shards = (SERVICES * COPIES).toLocaleString('en-US');
  return {
    part: 'members',
    head: [`${MEMBERS} members, ${shards} Services and slices, etcd`, 'measured', 'target'],
    rows: [
      row('cold start to complete answers', coldSeconds, 's', TARGETS.coldSeconds),
      row('etcd alone takes as many entries in', rawSeconds, 's'),
      row('cold start against that', coldSeconds / rawSeconds, 'times'),
      row('restart: last-known answers after', warmSeconds, 's', TARGETS.restartSeconds),
      row('restart: all members read again after', warmComplete, 's'),
      row('resident, at rest', memory.residentMb, 'MB', TARGETS.residentMb),
      row('its peak, of the start', memory.peakMb, 'MB'),
      row('resident a minute after the changes', rested.residentMb, 'MB'),
      row(
        `endpoint to answer, ${CHURN_PER_SECOND} changes/s: p50`,
        at(latencies, 0.5),
        'ms',
        TARGETS.p50Ms,
      ),
      row('p99', at(latencies, 0.99), 'ms', TARGETS.p99Ms),
    ],
  };
}

async function startFaked(): Promise<Faked> {
  const script = fileURLToPath(new URL('./faked-members.ts', import.meta.url));
  const args = [script, MEMBERS, SERVICES, COPIES, ENDPOINTS].map(String);
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  process.on('exit', () => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = String((await lines.next()).value);
  return {
    port: Number(first.split(' ')[1]),
    command: (line) => void child.stdin.write(`${line}\n`),
    stop: () => void child.kill('SIGKILL'),
  };
}

function writeSettings(folder: string, port: number, etcdUrl: string): void {
  const names = Array.from({ length: MEMBERS }, (_, index) => `m${index}`);
  const clusters = names.map((name, index) => ({
    name,
    cluster: { server: `http://127.0.0.1:${port}/m/${index}`, 'insecure-skip-tls-verify': true },
  }));
  const contexts = names.map((name) => ({ name, context: { cluster: name, user: 'nobody' } }));
  const users = [{ name: 'nobody', user: {} }];
  const kubeconfig = { apiVersion: 'v1', kind: 'Config', clusters, contexts, users };
  writeFileSync(join(folder, 'kubeconfig.json'), JSON.stringify(kubeconfig));
  const settings = {
    store: { kind: 'etcd', urls: [etcdUrl], folder: join(folder, 'state') },
    federation: { name: 'fed', domain: 'example.com', fallbacks: 'synthesised' },
    members: {
      list: names.map((name) => ({
        name,
        context: name,
        kubeconfig: 'kubeconfig.json',
        allow: ['127.0.0.0/8'],
      })),
      select: 'load-balancers',
      startPatienceSeconds: 60,
    },
  };
  writeFileSync(join(folder, 'fedns.yaml'), JSON.stringify(settings));
}

async function startProduct(folder: string): Promise<Product> {
  const port = await freePort();
  const adminPort = await freePort();
  const startedMs = performance.now();
  const args = ['serve', '--config', join(folder, 'fedns.yaml')];
  const where = ['--listen', `127.0.0.1:${port}`, '--admin-listen', `127.0.0.1:${adminPort}`];
  const running = startProcess({
    name: 'fedns',
    command: process.execPath,
    args: [installedLauncher(), ...args, ...where],
    cwd: folder,
    logFolder: folder,
    env: { NODE_OPTIONS: process.env['BENCH_NODE_OPTIONS'] ?? '' },
  });
  return { ...running, port, adminPort, startedMs };
}

function nameOf(service: number, place = ''): string {
  return `service-${service}.ns-${service % 100}.fed.svc.${place}example.com`;
}

/** Names from all over, each with all its addresses. */
async function whenComplete(product: Product): Promise<number> {
  const asked = Array.from({ length: 20 }, (_, index) => Math.floor((index * SERVICES) / 20));
  await waitUntil(
    'complete answers',
    async () => {
      if (!product.alive()) throw new Error(`ended: ${product.log().slice(-2000)}`);
      await sleep(100);
      for (const service of [...asked, SERVICES - 1]) {
        if ((await answersOverTcp(product.port, nameOf(service), 500)) !== COPIES) return false;
      }
      return (await metric(product, 'fedns_publish_services')) === SERVICES;
    },
    COLD_LIMIT_MS,
  );
  return (performance.now() - product.startedMs) / 1000;
}

async function whenAnswering(product: Product): Promise<number> {
  await waitUntil(
    'an answer',
    async () => (await answersOverTcp(product.port, nameOf(1), 100)) === COPIES,
    COLD_LIMIT_MS,
  );
  return (performance.now() - product.startedMs) / 1000;
}

async function metric(product: Product, name: string): Promise<number | undefined> {
  const page = await fetch(`http://127.0.0.1:${product.adminPort}/metrics`).catch(() => undefined);
  const value = new RegExp(`^${name} (\\S+)$`, 'm').exec((await page?.text()) ?? '')?.[1];
  return value === undefined ? undefined : Number(value);
}

/** While others change, some are watched from the change to the changed answer, ms. */
async function flips(product: Product, faked: Faked): Promise<number[]> {
  faked.command(`churn ${CHURN_PER_SECOND}`);
  await sleep(3000);
  const running: Promise<number>[] = [];
  for (let flip = 0; flip < FLIPS; flip++) {
    running.push(oneFlip(product, faked, (flip * 31) % SERVICES));
    await sleep(FLIP_EVERY_MS);
  }
  const latencies = await Promise.all(running);
  faked.command('heal');
  await sleep(3000);
  return latencies.sort((left, right) => left - right);
}

/** The copy that the churn leaves alone. */
async function oneFlip(product: Product, faked: Faked, service: number): Promise<number> {
  const member = (service + 17 * (COPIES - 1)) % MEMBERS;
  const name = nameOf(service, `zone-${member}.region-${member % 10}.`);
  const before = JSON.stringify((await ask(product.port, name))?.answers);
  const startedMs = performance.now();
  faked.command(`flip ${member} ${service}`);
  while (performance.now() - startedMs < 10_000) {
    const answers = JSON.stringify((await ask(product.port, name))?.answers);
    if (answers !== before) break;
    await sleep(10);
  }
  return performance.now() - startedMs;
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function memoryOf(pid: number): { residentMb: number; peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string) => {
    const kib = Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]);
    return (kib * 1024) / 1e6;
  };
  return { residentMb: of('VmRSS'), peakMb: of('VmHWM') };
}
