/**
 * What the starters of DNS servers have in common: a zone is an apex and its text, a started
 * server is a process that answers at an address.
 */
import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningProcess, waitReady } from './process.ts';

export interface ZoneText {
  /** Apex with or without the final dot. */
  readonly apex: string;
  /** RFC 1035 zone file with absolute names, or with its own $ORIGIN. */
  readonly text: string;
}

export interface DnsServer extends RunningProcess {
  readonly host: string;
  readonly port: number;
  readonly folder: string;
}

export interface ZoneFile {
  readonly apex: string;
  readonly path: string;
}

/** Writes each zone's text to a file of its own in `folder`. */
export function writeZones(folder: string, zones: readonly ZoneText[]): ZoneFile[] {
  return zones.map(({ apex, text }, index) => {
    const path = join(folder, `zone-${index}.txt`);
    writeFileSync(path, text);
    return { apex: apex.replace(/\.$/, ''), path };
  });
}

const READY_LIMIT_MS = 30_000;

/** Ready when the SOA of the last zone comes with NOERROR: servers load zones in order or whole. */
export async function whenServing(server: DnsServer, zones: readonly ZoneFile[]): Promise<void> {
  const names = zones.length === 0 ? ['.'] : [zones[0]?.apex ?? '', zones.at(-1)?.apex ?? ''];
  for (const apex of names) {
    await waitReady(server, () => answersSoa(server, apex, zones.length === 0), READY_LIMIT_MS);
  }
}

function answersSoa(server: DnsServer, apex: string, anyRcode: boolean): Promise<boolean> {
  const labels = apex.split('.').filter((label) => label !== '');
  const name = labels.flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]);
  const query = Buffer.from([0x4c, 0x61, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 0, 6, 0, 1]);
  return new Promise((resolve) => {
    const socket = createSocket(server.host.includes(':') ? 'udp6' : 'udp4');
    const end = (ready: boolean) => {
      clearTimeout(timer);
      socket.close();
      resolve(ready);
    };
    const timer = setTimeout(() => end(false), 300);
    socket.on('error', () => end(false));
    socket.on('message', (reply) => end(anyRcode || ((reply[3] ?? 15) & 15) === 0));
    socket.send(query, server.port, server.host);
  });
}
