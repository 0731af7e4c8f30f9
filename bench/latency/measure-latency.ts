/**
 * Part `latency`: how long an asker waits at 5,000 queries a second while the process does other
 * work on the same core: its main thread parses 40 MB of JSON in a loop, beside a control that
 * parses on the thread that answers; and while 500 records a second change in etcd.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { callServer } from '../../src/app/control/control-client.ts';
import { type EtcdStore, openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { type DnsServer, whenServing } from '../../test/lab/dns-server.ts';
import { freePort } from '../../test/lab/free-port.ts';
import { startProcess, temporaryFolder } from '../../test/lab/process.ts';
import { startFedns } from '../fedns.ts';
import { type Figures, median, type Rounds } from '../figures.ts';
import { startFilledEtcd } from '../fill-etcd.ts';
import { startOthersHere } from '../load/cores.ts';
import { generateLoad } from '../load/generate-load.ts';
import { report } from '../progress.ts';
import { APEX, keysOf, NAMES, queryFile, serviceNames } from '../service-zone.ts';

const QUERIES_A_SECOND = 5000;
const CHANGES_A_SECOND = 500;
const COMMITS_A_SECOND = 10;
const STARTUP_MS = 1500;
/** A query without an answer is given up after this (loadgen.c). */
const GIVEN_UP_MS = 1000;

export async function measureLatency(rounds: Rounds): Promise<Figures> {
  const etcd = await startFilledEtcd(NAMES);
  const store = { kind: 'etcd', urls: [etcd.endpoint] };
  const server = await startFedns({ store, env: { FEDNS_TEST_HOOKS: '1' } });
  const control = await startControl();
  await startOthersHere();
  const queries = join(temporaryFolder('queries'), 'queries.bin');
  writeFileSync(queries, queryFile(NAMES));
  const p99Ms = async ({ port }: DnsServer, what: string): Promise<number> => {
    const load = { port, queries, seconds: rounds.seconds, rate: QUERIES_A_SECOND };
    const { p99Us, received, sent } = await generateLoad(load);
    // What was not answered waited for longer than the load generator does: a lower bound.
    const isLost = received < sent * 0.99;
    const ms = isLost ? GIVEN_UP_MS : p99Us / 1000;
    report(`${what}: p99 ${ms.toFixed(2)} ms, ${received} of ${sent} answered`);
    return ms;
  };
  await p99Ms(server, 'warm-up');
  await p99Ms(control, 'warm-up of the control');
  const idle: number[] = [];
  const changing: number[] = [];
  const writer = openEtcdStore({ urls: [etcd.endpoint] });
  for (let round = 0; round < rounds.count; round++) {
    idle.push(await p99Ms(server, 'idle'));
    const ended = new AbortController();
    const writing = keepChanging(writer, round, ended.signal);
    changing.push(await p99Ms(server, 'changing'));
    ended.abort();
    report(`${await writing} changes written`);
  }
  await writer.stop();
  const ours: number[] = [];
  for (let round = 0; round < rounds.count; round++) {
    const seconds = rounds.seconds + STARTUP_MS / 1000;
    await callServer(join(server.folder, 'state'), `POST /test/parse?seconds=${seconds}`);
    await sleep(STARTUP_MS);
    ours.push(await p99Ms(server, 'main thread parses'));
    // The last parse ends a while after its time.
    await sleep(2 * STARTUP_MS);
  }
  control.signal('SIGUSR2');
  const theirs: number[] = [];
  for (let round = 0; round < rounds.count; round++) {
    theirs.push(await p99Ms(control, 'control parses'));
  }
  await Promise.all([server.stop(), control.stop()]);
  await etcd.stop();
  return tableOf({ idle, changing, ours, theirs });
}

async function startControl(): Promise<DnsServer> {
  const folder = temporaryFolder('control');
  const port = await freePort();
  const script = fileURLToPath(new URL('./same-thread-server.ts', import.meta.url));
  const running = startProcess({
    name: 'control',
    command: process.execPath,
    args: [script, String(port)],
    logFolder: folder,
  });
  const server: DnsServer = { ...running, host: '127.0.0.1', port, folder };
  await whenServing(server, [{ apex: APEX, path: '' }]);
  return server;
}

/** Puts records with another TTL, evenly over each second; gives how many. */
async function keepChanging(store: EtcdStore, round: number, signal: AbortSignal): Promise<number> {
  const services = [...serviceNames(NAMES)];
  const size = CHANGES_A_SECOND / COMMITS_A_SECOND;
  const began = performance.now();
  let count = 0;
  for (let commit = 0; !signal.aborted; commit++) {
    const puts = Array.from({ length: size }, (_, at) => {
      const service = services[((commit * size + at) * 7919) % services.length];
      return service === undefined ? [] : keysOf(service, 60 + ((round + commit) % 60)).slice(0, 1);
    }).flat();
    await store.commit({ compares: [], puts, deletes: [] });
    count += puts.length;
    await sleep(Math.max(0, began + ((commit + 1) * 1000) / COMMITS_A_SECOND - performance.now()));
  }
  return count;
}

function tableOf(
  all: Readonly<Record<'idle' | 'changing' | 'ours' | 'theirs', number[]>>,
): Figures {
  const [idle, changing] = [median(all.idle), median(all.changing)];
  const [ours, theirs] = [median(all.ours), median(all.theirs)];
  const verdict = (isMet: boolean) => (isMet ? 'met' : 'missed');
  const ms = (value: number) =>
    value === GIVEN_UP_MS ? 'over 1 s, most unanswered' : `${value.toFixed(2)} ms`;
  const times = theirs / ours;
  const slower = changing / idle;
  return {
    part: 'latency',
    head: [`p99 at ${QUERIES_A_SECOND} queries/s, server on one core`, 'measured', 'target'],
    rows: [
      ['FedNS, idle', ms(idle), ''],
      [
        `FedNS, ${CHANGES_A_SECOND} records a second change in etcd`,
        `${ms(changing)}, ${slower.toFixed(2)} times idle`,
        `at most 2 times idle: ${verdict(slower <= 2)}`,
      ],
      [
        'FedNS, its main thread parses 40 MB of JSON in a loop',
        ms(ours),
        `under 25 ms: ${verdict(ours < 25)}`,
      ],
      [
        'control: parses on the thread that answers',
        `${ms(theirs)}, ${times.toFixed(0)} times ours or more`,
        `at least 20 times ours: ${verdict(times >= 20)}`,
      ],
    ],
  };
}
