/**
 * `fedns simulate -f`: what somebody means to change is foretold, then really done, and every name
 * of every service holds what was foretold of it. By our own documents and by manifests, by one
 * member and by all, with a member down besides.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBalancerStatus } from '../../../lab/kubernetes-objects.ts';
import { fedns, until } from '../../running-fedns.ts';
import { foretold, observed } from '../foretold.ts';
import {
  clusterOf,
  deploy,
  EAST_C,
  setAddresses,
  startThreeMembers,
  stopThreeMembers,
  type ThreeMembers,
  truthOf,
  WEST_A,
  WEST_B,
  watchingConfig,
} from '../three-members.ts';
import { WatchedServe } from '../watched-serve.ts';

const LIMIT_MS = 20_000;
const ALL = [WEST_A, WEST_B, EAST_C];
const WEB = { name: 'web' };
const SERVICES = [WEB, { name: 'api' }];

let three: ThreeMembers;
let serve: WatchedServe;
let names: readonly string[];
let folder: string;

beforeAll(async () => {
  three = await startThreeMembers(SERVICES);
  const truths = SERVICES.map(({ name }) => truthOf(three, name));
  names = truths.flatMap((truth) => truth.names);
  serve = await WatchedServe.start('serve', {
    config: watchingConfig(three),
    services: truths.map((truth) => ({ truth })),
  });
  await serve.untilTrue(LIMIT_MS);
  await serve.untilProbed(SERVICES.length * ALL.length);
  folder = join(serve.place.folder, 'changed');
  mkdirSync(folder);
}, 180_000);

afterAll(async () => {
  await serve?.stop();
  await stopThreeMembers(three);
});

function file(text: string, name = 'changed.yaml'): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const document = (change: string, clusters = [WEST_A]) =>
  `services: [{namespace: default, name: web, clusters: [${clusters}], ${change}}]\n`;

async function annotate(clusters: readonly string[], annotation: string): Promise<void> {
  const args = ['annotate', 'service', 'web', '--overwrite', annotation];
  await Promise.all(clusters.map((name) => clusterOf(three, name).kubectl(args)));
}

/** Foretold, done, seen; then undone, and as it was. */
async function asForetold(
  given: { readonly files?: readonly string[]; readonly down?: string },
  doIt: () => Promise<unknown>,
  undo: () => Promise<unknown>,
): Promise<void> {
  const before = await observed(serve.place, names);
  const want = await foretold(serve.place, { ...given, names });
  expect(want, 'something is to change').not.toEqual(before);
  // Nothing is written by foretelling.
  expect(await observed(serve.place, names)).toEqual(before);
  await doIt();
  await untilHeld(want);
  await undo();
  await untilHeld(before);
}

async function untilHeld(want: Readonly<Record<string, string>>): Promise<void> {
  let last = {};
  const isSo = await until(async () => {
    last = await observed(serve.place, names);
    return JSON.stringify(last) === JSON.stringify(want);
  }, LIMIT_MS);
  if (!isSo) expect(last).toEqual(want);
}

describe('foretold and done', () => {
  it('no ready endpoint', () =>
    asForetold(
      { files: [file(document('ready: false'))] },
      () => clusterOf(three, WEST_A).scale('web', 0),
      () => clusterOf(three, WEST_A).scale('web', 2),
    ));

  it('other addresses', () =>
    asForetold(
      { files: [file(document('addresses: [127.0.1.77, 127.0.1.78]', [EAST_C]))] },
      () => patchAddresses(EAST_C, ['127.0.1.77', '127.0.1.78']),
      () => deploy(three, EAST_C, WEB),
    ));

  it('deleted everywhere', () =>
    asForetold(
      { files: [file(document('absent: true', ALL))] },
      () =>
        Promise.all(ALL.map((one) => clusterOf(three, one).kubectl(['delete', 'service', 'web']))),
      () => Promise.all(ALL.map((one) => deploy(three, one, WEB))),
    ));

  it('drained by its owner', () =>
    asForetold(
      { files: [file(document('annotations: {fedns.io/drain: "true"}'))] },
      () => annotate([WEST_A], 'fedns.io/drain=true'),
      () => annotate([WEST_A], 'fedns.io/drain-'),
    ));

  it('a manifest, into each member that has the Service', async () => {
    const manifest = `apiVersion: v1
kind: Service
metadata: {name: web, namespace: default, annotations: {fedns.io/drain: "true"}}
spec: {type: LoadBalancer, ports: [{port: ${three.port}}], selector: {app: web}}
`;
    await asForetold(
      { files: [file(manifest)] },
      () => annotate(ALL, 'fedns.io/drain=true'),
      () => annotate(ALL, 'fedns.io/drain-'),
    );
  });

  it('what kubectl prints of one member, edited, its slices too', async () => {
    const west = clusterOf(three, WEST_A);
    const printed = await west.kubectl(['get', 'services,endpointslices', '-o', 'yaml']);
    const path = file(printed.replaceAll('ready: true', 'ready: false'), 'west-a.yaml');
    const both = (replicas: number) => () =>
      Promise.all(SERVICES.map(({ name }) => west.scale(name, replicas)));
    await asForetold({ files: [`${WEST_A}=${path}`] }, both(0), both(2));
  });

  it('another policy, and a member that is down', async () => {
    const kept = document('annotations: {fedns.io/when-unreachable: keep}');
    const down = async () => {
      await annotate([WEST_A], 'fedns.io/when-unreachable=keep');
      await until(async () => (await explained()).includes('policy keep'), LIMIT_MS);
      await clusterOf(three, WEST_A).apiserver.kill9();
      await setAddresses(three, [WEST_A], 'closed');
    };
    await asForetold({ files: [file(kept)], down: `cluster=${WEST_A}` }, down, async () => {
      await clusterOf(three, WEST_A).restartApi();
      await setAddresses(three, [WEST_A], 'open');
      await annotate([WEST_A], 'fedns.io/when-unreachable-');
    });
  });
});

async function explained(): Promise<string> {
  return (await fedns(serve.place, ['explain', 'web.default.fed.svc.a.west.example.com'])).stdout;
}

async function patchAddresses(cluster: string, addresses: readonly string[]): Promise<void> {
  const patch = ['--type=merge', '-p', loadBalancerStatus(addresses)];
  const args = ['patch', 'service', 'web', '--subresource=status', ...patch];
  await clusterOf(three, cluster).kubectl(args);
}

describe('a call that is wrong', () => {
  it.each([
    ['no file', () => join(folder, 'none.yaml'), /none\.yaml: no such file/],
    ['no YAML', () => file('services: ['), /changed\.yaml:1: /],
    ['a word of nobody', () => file('servces: []'), /changed\.yaml: .*servces/],
    ['a policy of nobody', () => file('whenUnreachable: sometimes'), /whenUnreachable: /],
    ['no such member', () => file(document('ready: true', ['west'])), /no member is named "west"/],
    [
      'a service of nobody',
      () => file('services: [{namespace: n, name: s}]'),
      /no member has n\/s/,
    ],
  ])('%s', async (_what, make, why) => {
    const ran = await fedns(serve.place, ['simulate', '-f', make()]);
    expect({ code: ran.code, lines: ran.stderr.trim().split('\n').length }).toEqual({
      code: 2,
      lines: 1,
    });
    expect(ran.stderr).toMatch(why);
  });

  it('what says nothing of names is told, and harms nothing', async () => {
    const path = file(
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n---\n${document(
        'annotations: {fedns.io/drian: "true"}',
      )}`,
    );
    const ran = await fedns(serve.place, ['simulate', '-f', path]);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toMatch(/Deployment default\/web: says nothing of names/);
    expect(ran.stderr).toMatch(/west-a default\/web: annotation fedns\.io\/drian: not known/);
    expect(ran.stdout).toMatch(/no answer changes/);
    expect(readFileSync(path, 'utf8')).toContain('drian');
  });
});
