/**
 * Part `probes`: what it costs this process to probe 30,000 addresses in 10 s, against the same
 * sockets opened and reset as fast as Node's net.connect goes, both on core 0, in turn. Listeners are on
 * core 1. HTTP and HTTPS at the highest rate the prober plans.
 */

import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  AddressProber,
  PROBE_DEFAULTS,
  type ProbeCheck,
  type ProbeTarget,
  probeKey,
} from '../../src/probe/address-prober.ts';
import { startProcess, waitUntil } from '../../test/lab/process.ts';
import { type Figures, median, type Rounds, thousands } from '../figures.ts';
import { onLoadCore } from '../load/cores.ts';
import { report } from '../progress.ts';
import type { ListenerPorts } from './listeners.ts';

const TARGETS = 30_000;
const WINDOW_MS = 10_000;
const RAW_MS = 2000;
const RAW_AT_ONCE = 64;
const ROUNDS = 3;
/** As many as a period of 2 s has room for. */
const HTTP_TARGETS = 3000;
const HTTPS_TARGETS = 1000;
const STATUS_MS = 4000;

interface Cost {
  readonly perSecond: number;
  readonly cpuMicros: number;
  readonly cores: number;
  readonly lateCount: number;
}

export async function measureProbes(_rounds: Rounds): Promise<Figures> {
  const listeners = await startListeners();
  const raw: Cost[] = [];
  const tcp: Cost[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    raw.push(await rawConnects(listeners.ports.tcp));
    tcp.push(await probes({ kind: 'tcp' }, listeners.ports.tcp, TARGETS));
    report(`probes, round ${round + 1} of ${ROUNDS}: ${tcp.at(-1)?.cores.toFixed(2)} cores`);
  }
  const status = { path: '/', statuses: [200, 299] } as const;
  const http = await probes({ kind: 'http', ...status }, listeners.ports.http, HTTP_TARGETS);
  const https = await probes({ kind: 'https', ...status }, listeners.ports.https, HTTPS_TARGETS);
  await listeners.stop();
  const ratio = median(tcp.map((cost, at) => cost.cpuMicros / (raw[at]?.cpuMicros ?? Number.NaN)));
  const cores = median(tcp.map((cost) => cost.cores));
  const late = tcp.reduce((sum, cost) => sum + cost.lateCount, 0);
  return {
    part: 'probes',
    head: ['from one core', 'a second', 'CPU each', 'cores', 'target'],
    rows: [
      row('net.connect, as fast as it goes', raw),
      [
        ...row(`${thousands(TARGETS)} addresses, TCP, a round in 10 s`, tcp),
        `under 1 core: ${cores < 1 ? 'met' : 'missed'}`,
      ],
      ['the same against net.connect', '', `${ratio.toFixed(2)} times`, '', `${late} late`],
      row(`${thousands(HTTP_TARGETS)} addresses, HTTP, a round in 2 s`, [http]),
      row(`${thousands(HTTPS_TARGETS)} addresses, HTTPS, a round in 2 s`, [https]),
    ],
  };
}

function row(what: string, costs: readonly Cost[]): string[] {
  const of = (pick: (cost: Cost) => number) => median(costs.map(pick));
  return [
    what,
    thousands(of((cost) => cost.perSecond)),
    `${of((cost) => cost.cpuMicros).toFixed(0)} us`,
    of((cost) => cost.cores).toFixed(2),
  ];
}

async function startListeners(): Promise<{ ports: ListenerPorts; stop: () => Promise<void> }> {
  const [command = '', ...prefix] = onLoadCore;
  const script = fileURLToPath(new URL('./listeners.ts', import.meta.url));
  const running = startProcess({
    name: 'listeners',
    command,
    args: [...prefix, process.execPath, script],
  });
  const ready = () => readFileSync(running.logFile, 'utf8').includes('}\n');
  await waitUntil('listeners', ready, 10_000);
  const ports = /\{.*\}/.exec(running.log())?.[0] ?? '';
  return { ports: JSON.parse(ports) as ListenerPorts, stop: () => running.stop() };
}

/** 127.1.0.0 and so on: one socket listens on all of them. */
const addressOf = (index: number) =>
  `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;

async function rawConnects(port: number): Promise<Cost> {
  let count = 0;
  let isOver = false;
  const openNext = (resolve: () => void): void => {
    if (isOver) {
      resolve();
      return;
    }
    const socket = connect({ host: addressOf(count % TARGETS), port }, () => {
      count++;
      socket.resetAndDestroy();
      openNext(resolve);
    });
    socket.on('error', () => openNext(resolve));
  };
  const stopwatch = startStopwatch();
  setTimeout(() => (isOver = true), RAW_MS);
  await Promise.all(Array.from({ length: RAW_AT_ONCE }, () => new Promise<void>(openNext)));
  return stopwatch(() => count);
}

async function probes(check: ProbeCheck, port: number, targetCount: number): Promise<Cost> {
  const targets = new Map<string, ProbeTarget>();
  for (let index = 0; index < targetCount; index++) {
    const target: ProbeTarget = { address: addressOf(index), port, check };
    targets.set(probeKey(target), target);
  }
  const prober = new AddressProber({ settings: PROBE_DEFAULTS, onVerdict: () => {} });
  const stopwatch = startStopwatch();
  prober.start();
  prober.follow(targets);
  const beforeMs = performance.now();
  prober.follow(new Map(targets));
  const sameMs = performance.now() - beforeMs;
  await sleep(check.kind === 'tcp' ? WINDOW_MS : STATUS_MS);
  const counts = prober.counts();
  const cost = stopwatch(() => counts.probesSent, counts.lateCount);
  await prober.stop();
  report(
    `${check.kind}: ${counts.up} up, ${counts.down} down, ${counts.unknown} not yet, ${counts.localCount} failed here; follow() of the same ${sameMs.toFixed(1)} ms`,
  );
  return cost;
}

function startStopwatch(): (count: () => number, lateCount?: number) => Cost {
  const began = performance.now();
  const before = process.cpuUsage();
  return (count, lateCount = 0) => {
    const { user, system } = process.cpuUsage(before);
    const micros = (performance.now() - began) * 1000;
    return {
      perSecond: (count() * 1e6) / micros,
      cpuMicros: (user + system) / count(),
      cores: (user + system) / micros,
      lateCount,
    };
  };
}
