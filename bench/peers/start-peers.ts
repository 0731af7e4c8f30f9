/** Every server that is compared, started on core 0 with the same names, ready to be asked. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCoredns } from '../../test/lab/coredns.ts';
import { type DnsServer, whenServing } from '../../test/lab/dns-server.ts';
import type { Etcd } from '../../test/lab/etcd.ts';
import { freePort } from '../../test/lab/free-port.ts';
import { startKnot } from '../../test/lab/knot.ts';
import { startNsd } from '../../test/lab/nsd.ts';
import { startProcess, temporaryFolder } from '../../test/lab/process.ts';
import { startFedns } from '../fedns.ts';
import { startFilledEtcd } from '../fill-etcd.ts';
import { program } from '../load/programs.ts';
import { report } from '../progress.ts';
import { APEX, NAMES, zoneText } from '../service-zone.ts';

export interface Peer {
  readonly name: string;
  readonly server: DnsServer;
  /** The echo answers no question. */
  readonly isEcho: boolean;
}

/** Throws when one cannot be had: a table with a row missing says too little. */
export async function startPeers(): Promise<{ peers: readonly Peer[]; etcd: Etcd }> {
  const etcd = await startFilledEtcd(NAMES);
  const starts: [string, () => Promise<DnsServer>, boolean?][] = [
    ['raw echo, recvmmsg', () => startEcho(true), true],
    ['raw echo, recvfrom', () => startEcho(false), true],
    ['FedNS (2 threads, dgram, etcd)', () => startFedns({ store: onEtcd(etcd) })],
    ['dns2', startDns2],
    ['CoreDNS 1.15, file', startCorednsFile],
    ['CoreDNS 1.15, etcd', () => startCorednsEtcd(etcd)],
    ['NSD (Debian)', () => startNsd(zones())],
    ['Knot (Debian)', () => startKnot(zones())],
  ];
  const peers: Peer[] = [];
  for (const [name, start, isEcho = false] of starts) {
    report(`starting ${name}`);
    peers.push({ name, server: await start(), isEcho });
  }
  return { peers, etcd };
}

export function onEtcd(etcd: Etcd): Readonly<Record<string, unknown>> {
  return { kind: 'etcd', urls: [etcd.endpoint] };
}

const zones = () => [{ apex: `${APEX}.`, text: zoneText(NAMES) }];

async function startEcho(isBatched: boolean): Promise<DnsServer> {
  const batch = isBatched ? '1' : '0';
  const command = await program('echo');
  return started('echo', (port) => [command, '--port', port, '--batch', batch]);
}

function startDns2(): Promise<DnsServer> {
  const script = fileURLToPath(new URL('./dns2-server.ts', import.meta.url));
  return started('dns2', (port) => [process.execPath, script, port, String(NAMES)]);
}

async function started(name: string, command: (port: string) => string[]): Promise<DnsServer> {
  const folder = temporaryFolder(name);
  const port = await freePort();
  const [program = '', ...args] = command(String(port));
  const running = startProcess({ name, command: program, args, logFolder: folder });
  const server: DnsServer = { ...running, host: '127.0.0.1', port, folder };
  await whenServing(server, []);
  return server;
}

function startCorednsFile(): Promise<DnsServer> {
  const file = join(temporaryFolder('zone'), 'zone.txt');
  writeFileSync(file, zoneText(NAMES));
  return startCoredns({ corefile: `${APEX}:PORT {\n  bind 127.0.0.1\n  file ${file}\n}\n` });
}

function startCorednsEtcd(etcd: Etcd): Promise<DnsServer> {
  const plugin = `etcd {\n    path /skydns\n    endpoint ${etcd.endpoint}\n  }`;
  return startCoredns({ corefile: `${APEX}:PORT {\n  bind 127.0.0.1\n  ${plugin}\n}\n` });
}
