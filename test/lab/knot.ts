/**
 * Starts a real Knot DNS on loopback as any user, with the given zones; nothing is written back to
 * the zone files and no journal is kept.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensure } from './components.ts';
import { type DnsServer, whenServing, writeZones, type ZoneText } from './dns-server.ts';
import { freePort } from './free-port.ts';
import { startProcess, temporaryFolder } from './process.ts';

export async function startKnot(zones: readonly ZoneText[]): Promise<DnsServer> {
  const paths = await ensure('knot');
  const folder = temporaryFolder('knot');
  const files = writeZones(folder, zones);
  const port = await freePort();
  const config = [
    'server:',
    `    rundir: "${folder}"`,
    `    listen: 127.0.0.1@${port}`,
    '    udp-workers: 1',
    '    background-workers: 1',
    '    nsid: "lab"',
    'log:',
    '  - target: stderr',
    '    any: warning',
    'database:',
    `    storage: "${folder}/db"`,
    // The defaults reserve address space for journals far beyond what tests need.
    '    journal-db-max-size: 64M',
    'mod-cookies:',
    '  - id: default',
    'template:',
    '  - id: default',
    '    global-module: mod-cookies/default',
    `    storage: "${folder}"`,
    '    semantic-checks: soft',
    '    zonefile-sync: -1',
    '    zonefile-load: whole',
    '    journal-content: none',
    'zone:',
    ...files.map((zone) => `  - domain: "${zone.apex}."\n    file: "${zone.path}"`),
  ];
  writeFileSync(join(folder, 'knot.conf'), `${config.join('\n')}\n`);
  const running = startProcess({
    name: 'knot',
    command: paths.programs['knotd'] ?? '',
    args: ['-c', join(folder, 'knot.conf')],
    env: paths.env,
    logFolder: folder,
  });
  const server: DnsServer = { ...running, host: '127.0.0.1', port, folder };
  await whenServing(server, files);
  return server;
}
