/**
 * "Watch your first two clusters" of README.md, as printed: every line of it by a shell, with two
 * real clusters as the contexts `east` and `west`. The clusters' load balancers are played: they
 * give a Service an address on loopback. Nothing listens there (port 80 is not for everybody), so
 * probes know nothing, and what the members say decides.
 */

import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { ensure } from '../../../lab/components.ts';
import { freePort } from '../../../lab/free-port.ts';
import { type Clusters, startClusters } from '../../../lab/kubernetes.ts';
import { loadBalancerStatus } from '../../../lab/kubernetes-objects.ts';
import { tryCommand } from '../../../lab/obtain/command.ts';
import { type RunningProcess, startProcess, temporaryFolder } from '../../../lab/process.ts';
import { ends, until } from '../../running-fedns.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const SECTION = '## Watch your first two clusters\n';
const ADDRESSES = { east: '127.0.1.201', west: '127.0.1.202' } as const;
const NAME = 'web.default.federation.svc';

/** The section's shell blocks, line by line. */
const lines = [
  ...(readFileSync(join(ROOT, 'README.md'), 'utf8').split(SECTION)[1]?.split('\n## ')[0] ?? '')
    // A block opens and ends with a line of its own.
    .matchAll(/^```sh\n([\s\S]*?)^```$/gm),
].flatMap((block) => (block[1] ?? '').trimEnd().split('\n'));

let clusters: Clusters;
let folder: string;
let environment: Record<string, string>;
let port: number;
let server: RunningProcess | undefined;

beforeAll(async () => {
  port = await freePort();
  clusters = await startClusters(['east', 'west']);
  await clusters.clusters.get('east')?.addNode('n1', { region: 'east', zone: 'a' });
  await clusters.clusters.get('west')?.addNode('n1', { region: 'west', zone: 'b' });
  folder = temporaryFolder('readme');
  mkdirSync(join(folder, 'bin'));
  symlinkSync(join(ROOT, 'deploy'), join(folder, 'deploy'));
  await makeCommands();
  writeFileSync(join(folder, 'own.kubeconfig'), ownKubeconfig());
  environment = {
    PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
    KUBECONFIG: join(folder, 'own.kubeconfig'),
    FEDNS_LISTEN: `127.0.0.1:${port}`,
    FEDNS_ADMIN_LISTEN: `127.0.0.1:${await freePort()}`,
    // Where the lab's load balancers are.
    FEDNS_MEMBERS_ALLOW: '127.0.1.0/24',
  };
}, 180_000);

afterAll(async () => {
  await server?.stop();
  await clusters?.stop();
});

/** `kubectl` and `fedns` as on the PATH of a person who has them. */
async function makeCommands(): Promise<void> {
  const { programs } = await ensure('kubernetes');
  const launcher = join(ROOT, 'src/launch.js');
  for (const [name, command] of [
    ['kubectl', `"${programs['kubectl']}"`],
    ['fedns', `"${process.execPath}" "${launcher}"`],
  ] as const) {
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\nexec ${command} "$@"\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
}

/** One kubeconfig with both contexts, as a person has it. */
function ownKubeconfig(): string {
  const parts = [...clusters.clusters.values()].map(({ name, kubeconfigPath }) => {
    const one = parse(readFileSync(kubeconfigPath, 'utf8'));
    const user = `admin-${name}`;
    return {
      clusters: one.clusters,
      users: [{ ...one.users[0], name: user }],
      contexts: [{ name, context: { cluster: name, user } }],
    };
  });
  const all = (key: 'clusters' | 'users' | 'contexts') => parts.flatMap((part) => part[key]);
  const joined = { clusters: all('clusters'), users: all('users'), contexts: all('contexts') };
  return stringify({ apiVersion: 'v1', kind: 'Config', ...joined, 'current-context': 'west' });
}

async function runLine(line: string): Promise<string> {
  if (line.startsWith('fedns serve')) return serveIt(line);
  const ran = await tryCommand('sh', ['-ec', line], { cwd: folder, env: environment });
  expect({ line, code: ran.code, stderr: ran.stderr }).toEqual({ line, code: 0, stderr: '' });
  if (/ expose /.test(line)) await giveAddress(line.includes('east') ? 'east' : 'west');
  return ran.stdout;
}

/** It stays in its terminal. */
async function serveIt(line: string): Promise<string> {
  const running = startProcess({
    name: 'serve',
    command: 'sh',
    args: ['-ec', `exec ${line}`],
    cwd: folder,
    logFolder: folder,
    env: environment,
  });
  server = running;
  await until(() => running.log().includes('fedns listens on') || !running.alive(), 20_000);
  expect(running.alive(), running.log()).toBe(true);
  return running.log();
}

/** What a cluster's load balancer does. */
async function giveAddress(cluster: 'east' | 'west'): Promise<void> {
  const patch = loadBalancerStatus([ADDRESSES[cluster]]);
  await clusters.clusters
    .get(cluster)
    ?.kubectl(['patch', 'service', 'web', '--subresource=status', '--type=merge', '-p', patch]);
}

async function run(from: string, to: string): Promise<string> {
  const [first, last] = [from, to].map((start) => lines.findIndex((one) => one.startsWith(start)));
  expect([first, last]).not.toContain(-1);
  let said = '';
  for (const line of lines.slice(first, (last ?? 0) + 1)) said += await runLine(line);
  return said;
}

async function untilEnds(name: string, want: string): Promise<void> {
  const isSo = await until(async () => (await ends(port, name)) === want, 10_000);
  const log = server?.log().slice(-2000);
  expect(isSo, `${name}: ${await ends(port, name)}, not ${want}\n${log}`).toBe(true);
}

describe('README.md: watch your first two clusters', () => {
  it('an account that reads and nothing else, and a kubeconfig of it alone', async () => {
    await run('kubectl --context east apply', 'sh deploy/member/kubeconfig.sh west');
    const file = join(folder, 'members', 'east.kubeconfig');
    const text = readFileSync(file, 'utf8');
    expect(parse(text).users.map(({ name }: { name: string }) => name)).toEqual(['fedns']);
    const can = async (verb: string) => {
      const args = ['--kubeconfig', file, 'auth', 'can-i', verb, 'services'];
      return (await tryCommand(join(dirname(file), '../bin/kubectl'), args)).stdout.trim();
    };
    expect([await can('watch'), await can('delete')]).toEqual(['yes', 'no']);
  });

  it('members are checked, and watched', async () => {
    const said = await run('cp ', 'fedns serve');
    expect(said).toMatch(/^east {2}https/m);
    expect(said).toMatch(/^west {2}https/m);
    expect(said).toMatch(/credentials: 20\d\d-/);
  });

  it('a service in both clusters is answered', async () => {
    await run('kubectl --context east create', 'kubectl --context west expose');
    await untilEnds(`${NAME}.a.east.example.com`, ADDRESSES.east);
    await untilEnds(`${NAME}.example.com`, `${ADDRESSES.east} ${ADDRESSES.west}`);
    const said = await run('fedns status', 'fedns simulate');
    expect(said).toMatch(/members +2 of 2 fresh/);
    expect(said).toMatch(/down: west/);
    expect(said).toMatch(new RegExp(`${NAME}\\.b\\.west\\.example\\.com\\. .*-> CNAME`));
  });

  it('scaled to 0, its zone goes up the ladder, and it is said why', async () => {
    await run('kubectl --context east scale', 'kubectl --context east scale');
    const started = performance.now();
    await untilEnds(`${NAME}.a.east.example.com`, ADDRESSES.west);
    process.stdout.write(`README: up the ladder ${Math.round(performance.now() - started)} ms\n`);
    const said = await run('fedns explain', 'fedns explain');
    expect(said).toMatch(/out {2}east: .*no ready/);
  });

  it('no line was left out', () => {
    expect(lines.filter((line) => !/^(kubectl|fedns|mkdir|cp|sh) /.test(line))).toEqual([]);
    expect(lines.at(-1)).toMatch(/^fedns explain/);
  });
});
