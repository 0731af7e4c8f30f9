/**
 * Starts a real NSD on loopback as any user, with the given zones, one process for answers and
 * rate limiting off (it would drop the suite's own repeated questions).
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensure } from './components.ts';
import { type DnsServer, whenServing, writeZones, type ZoneText } from './dns-server.ts';
import { freePort } from './free-port.ts';
import { startProcess, temporaryFolder } from './process.ts';

export interface NsdOptions {
  /** Answers without the apex NS and their addresses. */
  readonly minimal?: boolean;
}

export async function startNsd(
  zones: readonly ZoneText[],
  options: NsdOptions = {},
): Promise<DnsServer> {
  const paths = await ensure('nsd');
  const folder = temporaryFolder('nsd');
  const files = writeZones(folder, zones);
  const port = await freePort();
  const config = [
    'server:',
    `  ip-address: 127.0.0.1@${port}`,
    '  server-count: 1',
    '  username: ""',
    '  chroot: ""',
    `  zonesdir: "${folder}"`,
    `  pidfile: "${folder}/nsd.pid"`,
    `  xfrdfile: "${folder}/xfrd.state"`,
    `  xfrdir: "${folder}"`,
    `  zonelistfile: "${folder}/zone.list"`,
    '  database: ""',
    '  rrl-ratelimit: 0',
    `  minimal-responses: ${options.minimal === true ? 'yes' : 'no'}`,
    '  answer-cookie: yes',
    `  cookie-secret: "${randomBytes(16).toString('hex')}"`,
    '  rrl-whitelist-ratelimit: 0',
    '  tcp-timeout: 10',
    '  identity: "lab"',
    '  nsid: "ascii_lab"',
    'remote-control:',
    '  control-enable: no',
    ...files.map((zone) => `zone:\n  name: "${zone.apex}"\n  zonefile: "${zone.path}"`),
  ];
  writeFileSync(join(folder, 'nsd.conf'), `${config.join('\n')}\n`);
  const running = startProcess({
    name: 'nsd',
    command: paths.programs['nsd'] ?? '',
    args: ['-d', '-c', join(folder, 'nsd.conf')],
    env: paths.env,
    logFolder: folder,
  });
  const server: DnsServer = { ...running, host: '127.0.0.1', port, folder };
  await whenServing(server, files);
  return server;
}
