/**
 * `fedns doctor` on a real member and a real server: well, at risk, broken, and without a server;
 * what is wrong comes first, with what to do, and the exit code says so.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clusters, type KubernetesCluster, startClusters } from '../../../lab/kubernetes.ts';
import type { RunningProcess } from '../../../lab/process.ts';
import { fedns, makePlace, type Place, startServe, until } from '../../running-fedns.ts';

const ROLE = readFileSync(
  new URL('../../../../deploy/member/cluster-role.yaml', import.meta.url),
  'utf8',
);

interface Finding {
  readonly grade: string;
  readonly check: string;
  readonly found: string;
  readonly remedy: string;
}

let clusters: Clusters;
let east: KubernetesCluster;
let place: Place;
let server: RunningProcess;
let file: string;

beforeAll(async () => {
  clusters = await startClusters(['east'], { withWorkloads: false });
  const found = clusters.clusters.get('east');
  if (found === undefined) throw new Error('no cluster');
  east = found;
  await east.addNode('n1', { region: 'east', zone: 'a' });
  place = await makePlace({
    more: {
      federation: { name: 'fed', domain: 'example.com' },
      members: { folder: 'members', select: 'load-balancers' },
      advertise: ['127.0.0.1'],
    },
  });
  mkdirSync(join(place.folder, 'members'));
  file = join(place.folder, 'members', 'east.kubeconfig');
  writeFileSync(file, readFileSync(east.kubeconfigPath, 'utf8'));
}, 120_000);

afterAll(async () => {
  await server?.stop();
  await clusters?.stop();
});

async function doctor(): Promise<{ code: number; findings: Finding[]; bad: string[] }> {
  const { code, stdout, stderr } = await fedns(place, ['doctor', '-o', 'json']);
  if (stdout === '') throw new Error(stderr);
  const findings = JSON.parse(stdout) as Finding[];
  const isBad = ({ grade }: Finding) => grade === 'broken' || grade === 'risk';
  const bad = findings.filter(isBad).map((one) => `${one.grade} ${one.check}: ${one.found}`);
  expect(findings.filter(isBad)).toEqual(findings.slice(0, bad.length));
  expect(code).toBe(bad.length > 0 ? 1 : 0);
  return { code, findings, bad };
}

/** Until just these are bad. */
async function untilBad(want: readonly RegExp[]): Promise<void> {
  let bad: readonly string[] = [];
  const isSo = await until(async () => {
    ({ bad } = await doctor());
    return bad.length === want.length && want.every((one, at) => one.test(bad[at] ?? ''));
  }, 20_000);
  expect(isSo, `${want}\nis\n${bad.join('\n')}`).toBe(true);
}

describe('without a server', () => {
  it('says what it could not look at, and asks the members all the same', async () => {
    const { bad, findings } = await doctor();
    expect(bad).toEqual([]);
    const texts = findings.map(({ check, found }) => `${check}: ${found}`);
    expect(texts).toContainEqual(expect.stringMatching(/^server: .*no server runs/));
    expect(texts).toContainEqual(expect.stringMatching(/^unchecked: store: .*not there yet/));
    expect(texts).toContainEqual(expect.stringMatching(/^unchecked: alarms/));
    expect(texts).toContainEqual(expect.stringMatching(/^members: east: v1\.\d+/));
  });

  it('a configuration that is wrong is the one thing told', async () => {
    const text = readFileSync(place.config, 'utf8');
    writeFileSync(
      place.config,
      text.replace('"folder":"members"', '"folder":"members","slect":""'),
    );
    const { bad } = await doctor();
    expect(bad).toEqual([expect.stringMatching(/^broken config: .*slect.*select/)]);
    writeFileSync(place.config, text);
  });
});

describe('beside a running server', () => {
  it('all is well: exit 0', async () => {
    server = await startServe(place);
    await untilBad([]);
    const { stdout } = await fedns(place, ['doctor']);
    expect(stdout).toMatch(/^well +store +at revision \d+/m);
    expect(stdout).toMatch(/^well +limits +\d+ of \d+ files open/m);
    expect(stdout).toMatch(/^well +federation +0 services/m);
  });

  it('a service without a copy, an object read in part', async () => {
    const spec = { type: 'LoadBalancer', ports: [{ port: 80 }] };
    const annotations = { 'fedns.io/when-unreachable': 'sometimes' };
    const metadata = { name: 'web', annotations };
    const service = { apiVersion: 'v1', kind: 'Service', metadata, spec };
    await east.kubectl(['create', '-f', '-'], JSON.stringify(service));
    await untilBad([
      /^broken federation: default\/web: no healthy copy anywhere$/,
      /^risk federation: east default\/web: .*when-unreachable/,
    ]);
    await east.kubectl(['delete', 'service', 'web']);
    await untilBad([]);
  });

  it('credentials that end soon, an account that may not read, a broken file', async () => {
    const reader = { serviceAccount: 'reader', namespace: 'lab', rules: ROLE };
    writeFileSync(file, readFileSync(await east.kubeconfigFor(reader), 'utf8'));
    await untilBad([/^risk members: east: its credentials end 20/]);
    const blind = { serviceAccount: 'blind', namespace: 'lab', rules: [] };
    writeFileSync(file, readFileSync(await east.kubeconfigFor(blind), 'utf8'));
    const { findings } = await doctor();
    const refused = findings.find(({ found }) => found.startsWith('east: services: refused get'));
    expect(refused).toMatchObject({ grade: 'broken', check: 'members' });
    expect(refused?.remedy).toMatch(/cluster-role\.yaml/);
    writeFileSync(file, readFileSync(east.kubeconfigPath, 'utf8'));
    const other = join(place.folder, 'members', 'west.kubeconfig');
    writeFileSync(other, 'no kubeconfig');
    await untilBad([/^broken members: .*west\.kubeconfig: /]);
    rmSync(other);
    await untilBad([]);
  });

  it('a member that is away is the worst', async () => {
    await east.apiserver.kill9();
    await until(async () => (await doctor()).findings[0]?.check === 'alarms', 10_000);
    const { bad, findings } = await doctor();
    expect(bad).toContainEqual(expect.stringMatching(/^broken members: east: .*ECONNREFUSED/i));
    expect(bad).toContainEqual(
      expect.stringMatching(/^broken members: east: lost for \d+ s to the/),
    );
    expect(
      findings.filter(({ grade }) => grade === 'broken').every((one) => one.remedy !== ''),
    ).toBe(true);
    expect((await fedns(place, ['doctor'])).stderr).toMatch(/^fedns: \d+ broken, \d+ at risk\n$/);
  });
});
