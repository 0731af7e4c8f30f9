/**
 * The thinnest line through the whole: two real clusters, a Service in each, one name. What
 * happens in a cluster is seen in the answers; a watch that is lost moves nobody.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DataPlane, startDataPlane } from '../../lab/data-plane.ts';
import { type Clusters, type KubernetesCluster, startClusters } from '../../lab/kubernetes.ts';
import type { RunningProcess } from '../../lab/process.ts';
import { ends, fedns, makePlace, type Place, startServe, until } from '../running-fedns.ts';

const GLOBAL = 'web.default.fed.svc.example.com';
const WEST = 'web.default.fed.svc.a.west.example.com';
const EAST = 'web.default.fed.svc.b.east.example.com';
const PORT = 8080;

let clusters: Clusters;
let plane: DataPlane;
let place: Place;
let serve: RunningProcess;

function cluster(name: string): KubernetesCluster {
  const found = clusters.clusters.get(name);
  if (found === undefined) throw new Error(`no cluster ${name}`);
  return found;
}

/** Waits for the answer, and gives the seconds it took. */
async function answers(name: string, want: string, limitMs = 15_000): Promise<number> {
  const started = performance.now();
  let last = '';
  const isSo = await until(async () => {
    last = await ends(place.port, name);
    return last === want;
  }, limitMs);
  if (!isSo) {
    throw new Error(`${name}: ${last}, wanted ${want}; log ends ${serve.log().slice(-3000)}`);
  }
  return (performance.now() - started) / 1000;
}

beforeAll(async () => {
  [clusters, plane] = await Promise.all([
    startClusters(['west', 'east']),
    startDataPlane(['127.0.1.1', '127.0.1.2'], PORT),
  ]);
  await Promise.all([
    cluster('west').addNode('n1', { region: 'west', zone: 'a' }),
    cluster('east').addNode('n1', { region: 'east', zone: 'b' }),
  ]);
  await Promise.all([
    cluster('west').deployService({
      name: 'web',
      replicas: 2,
      addresses: ['127.0.1.1'],
      port: PORT,
    }),
    cluster('east').deployService({
      name: 'web',
      replicas: 2,
      addresses: ['127.0.1.2'],
      port: PORT,
    }),
  ]);
  const member = (name: string) => ({
    name,
    kubeconfig: cluster(name).kubeconfigPath,
    allow: ['127.0.1.0/24'],
  });
  place = await makePlace({
    more: {
      federation: { name: 'fed', domain: 'example.com' },
      members: { list: [member('west'), member('east')], select: 'load-balancers' },
    },
  });
  serve = await startServe(place);
}, 180_000);

afterAll(async () => {
  await serve?.stop();
  await plane?.stop();
  await clusters?.stop();
});

describe('two real clusters', () => {
  it('the first answer of all knows what both members say', async () => {
    expect(await ends(place.port, GLOBAL)).toBe('127.0.1.1 127.0.1.2');
    expect(await ends(place.port, WEST)).toBe('127.0.1.1');
    expect(await ends(place.port, EAST)).toBe('127.0.1.2');
  });

  it('scaled to 0 the zone goes up the ladder, and comes back', async () => {
    await cluster('west').scale('web', 0);
    const out = await answers(WEST, '127.0.1.2');
    expect(await ends(place.port, GLOBAL)).toBe('127.0.1.2');
    const said = await fedns(place, ['explain', WEST]);
    expect(said.stdout).toContain('out  west: no ready endpoint');
    await cluster('west').scale('web', 2);
    const back = await answers(WEST, '127.0.1.1');
    process.stdout.write(`scaled to 0: ${out.toFixed(1)} s, back ${back.toFixed(1)} s\n`);
  });

  it('one API killed: nobody moves; its addresses too: out, and back when all is', async () => {
    await cluster('west').apiserver.kill9();
    const isLost = await until(async () => {
      const { stdout } = await fedns(place, ['members', 'list']);
      return /west +lost/.test(stdout);
    }, 15_000);
    expect(isLost).toBe(true);
    expect(await ends(place.port, WEST)).toBe('127.0.1.1');
    await plane.close('127.0.1.1');
    const out = await answers(WEST, '127.0.1.2');
    const said = await fedns(place, ['explain', WEST]);
    expect(said.stdout).toContain('out  west: member lost, addresses do not answer');
    await plane.open('127.0.1.1');
    const back = await answers(WEST, '127.0.1.1');
    await cluster('west').restartApi();
    process.stdout.write(`addresses dead: ${out.toFixed(1)} s, back ${back.toFixed(1)} s\n`);
    const isFresh = await until(async () => {
      const { stdout } = await fedns(place, ['members', 'list']);
      return /west +fresh/.test(stdout);
    }, 60_000);
    expect(isFresh).toBe(true);
  });

  it('a deleted Service leaves; a member that left takes its records with it', async () => {
    await cluster('east').kubectl(['delete', 'service', 'web']);
    await answers(EAST, '127.0.1.1');
    const config = join(place.folder, 'fedns.yaml');
    writeFileSync(
      config,
      JSON.stringify({
        listen: [`127.0.0.1:${place.port}`],
        store: { kind: 'file', folder: './state' },
        admin: { listen: `127.0.0.1:${place.adminPort}` },
        federation: { name: 'fed', domain: 'example.com' },
        members: {
          list: [
            { name: 'east', kubeconfig: cluster('east').kubeconfigPath, allow: ['127.0.1.0/24'] },
          ],
          select: 'load-balancers',
        },
      }),
    );
    serve.signal('SIGHUP');
    await answers(WEST, 'NXDOMAIN');
    await answers(GLOBAL, 'NXDOMAIN');
  });
});
