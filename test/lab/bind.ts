/**
 * Starts a real BIND on loopback as any user, authoritative only, with the given zones, one worker
 * and its cap on records of one type lifted (with it one RRset of 150 makes a zone SERVFAIL).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensure } from './components.ts';
import { type DnsServer, whenServing, writeZones, type ZoneText } from './dns-server.ts';
import { freePort } from './free-port.ts';
import { startProcess, temporaryFolder } from './process.ts';

export async function startBind(zones: readonly ZoneText[]): Promise<DnsServer> {
  const paths = await ensure('bind');
  const folder = temporaryFolder('bind');
  const files = writeZones(folder, zones);
  const port = await freePort();
  const config = [
    'options {',
    `  directory "${folder}";`,
    `  managed-keys-directory "${folder}";`,
    `  pid-file "${folder}/named.pid";`,
    '  session-keyfile none;',
    `  listen-on port ${port} { 127.0.0.1; };`,
    '  listen-on-v6 { none; };',
    '  recursion no;',
    '  dnssec-validation no;',
    '  empty-zones-enable no;',
    '  notify no;',
    '  max-records-per-type 0;',
    '  max-types-per-name 0;',
    '  check-names primary ignore;',
    '  server-id "lab";',
    '};',
    'controls { };',
    ...files.map(
      (zone) =>
        `zone "${zone.apex}" { type primary; file "${zone.path}"; check-integrity no; check-mx ignore; };`,
    ),
  ];
  writeFileSync(join(folder, 'named.conf'), `${config.join('\n')}\n`);
  const running = startProcess({
    name: 'bind',
    command: paths.programs['named'] ?? '',
    args: ['-g', '-n', '1', '-c', join(folder, 'named.conf')],
    env: paths.env,
    logFolder: folder,
  });
  const server: DnsServer = { ...running, host: '127.0.0.1', port, folder };
  await whenServing(server, files);
  return server;
}
