/**
 * `fedns members add|remove` beside a running server and without one, with real clusters: the file
 * keeps every other character, a wrong call changes nothing, and what was added is watched at once.
 */

import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Clusters, startClusters } from '../../../lab/kubernetes.ts';
import type { RunningProcess } from '../../../lab/process.ts';
import { fedns, makePlace, type Place, startServe, until } from '../../running-fedns.ts';

const ROLE = readFileSync(
  new URL('../../../../deploy/member/cluster-role.yaml', import.meta.url),
  'utf8',
);
const READER = { serviceAccount: 'reader', namespace: 'lab' };

let clusters: Clusters;
let place: Place;
let server: RunningProcess;
/** Kubeconfigs of accounts that may read what a member must let us read, and of one that may not. */
let east: string;
let west: string;
let blind: string;
let text: string;

beforeAll(async () => {
  clusters = await startClusters(['east', 'west'], { withWorkloads: false });
  const [eastern, western] = [clusters.clusters.get('east'), clusters.clusters.get('west')];
  east = (await eastern?.kubeconfigFor({ ...READER, rules: ROLE })) ?? '';
  west = (await western?.kubeconfigFor({ ...READER, rules: ROLE })) ?? '';
  blind = (await western?.kubeconfigFor({ ...READER, serviceAccount: 'blind', rules: [] })) ?? '';
  place = await makePlace({});
  text = `# ours: by hand
listen:   ["127.0.0.1:${place.port}"]
admin: {listen: "127.0.0.1:${place.adminPort}"}
store: {kind: file, folder: ./state}

federation: {name: fed, domain: example.com}
members:
    # who
    list:
      - name: east   # the first one
        kubeconfig: ${east}
    select: load-balancers   # all of them
`;
  writeFileSync(place.config, text);
  chmodSync(place.config, 0o640);
  server = await startServe(place);
}, 120_000);

afterAll(async () => {
  await server?.stop();
  await clusters?.stop();
});

function now(): string {
  return readFileSync(place.config, 'utf8');
}

async function freshNames(): Promise<string[]> {
  const { stdout } = await fedns(place, ['members', 'list', '-o', 'json']);
  const seen = JSON.parse(stdout) as { name: string; api: string }[];
  return seen.filter(({ api }) => api === 'fresh').map(({ name }) => name);
}

async function untilFresh(names: readonly string[]): Promise<void> {
  let last: string[] = [];
  const isSo = await until(async () => {
    last = await freshNames();
    return JSON.stringify(last) === JSON.stringify(names);
  }, 15_000);
  expect(isSo, `fresh are ${last}, not ${names}\n${server.log().slice(-2000)}`).toBe(true);
}

describe('beside a running server', () => {
  it.each([
    [
      'a name that is there',
      ['east', '--kubeconfig', 'W'],
      2,
      /members\.list: "east" is there already$/,
    ],
    ['a name that is none', ['no.name', '--kubeconfig', 'W'], 2, /no\.name/],
    ['a file that is not there', ['west', '--kubeconfig', '/none'], 2, /west: .*\/none/],
    ['a context that is not', ['west', '--kubeconfig', 'W', '--context', 'x'], 2, /west: .*"?x"?/],
    ['a network that is none', ['west', '--kubeconfig', 'W', '--allow', '1.2.3'], 2, /allow/],
    ['no rights', ['west', '--kubeconfig', 'B'], 1, /west: not added: services: refused get/],
  ])('%s is refused, and nothing is changed', async (_what, args, exit, why) => {
    const typed = args.map((one) => ({ W: west, B: blind })[one] ?? one);
    const { code, stderr } = await fedns(place, ['members', 'add', ...typed]);
    expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: exit, lines: 1 });
    expect(stderr.trim()).toMatch(why);
    expect(now()).toBe(text);
  });

  it('--dry-run says what would change', async () => {
    const call = ['members', 'add', 'west', '--kubeconfig', west, '--dry-run'];
    const { code, stdout } = await fedns(place, call);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\+ {7}- \{name: west, kubeconfig: /m);
    expect(now()).toBe(text);
  });

  it('one is added, watched without a restart, and removed again', async () => {
    await untilFresh(['east']);
    const call = [
      'members',
      'add',
      'west',
      '--kubeconfig',
      west,
      '--region',
      'r',
      '--zones',
      'a,b',
    ];
    const added = await fedns(place, [...call, '-o', 'json']);
    expect(added.code, added.stderr).toBe(0);
    expect(JSON.parse(added.stdout)).toMatchObject({
      name: 'west',
      verb: 'added',
      server: { state: 'reread' },
    });
    const line = `      - {name: west, kubeconfig: ${west}, region: r, zones: [a, b]}\n`;
    const at = text.indexOf('    select:');
    expect(now()).toBe(`${text.slice(0, at)}${line}${text.slice(at)}`);
    expect(statSync(place.config).mode & 0o777).toBe(0o640);
    await untilFresh(['east', 'west']);
    const removed = await fedns(place, ['members', 'remove', 'west']);
    expect(removed.stdout).toMatch(/^west: removed, .*; the running server took it up\n$/);
    expect(now()).toBe(text);
    await untilFresh(['east']);
  });

  it('--no-check adds one that cannot be watched; a wrong name is not removed', async () => {
    const added = await fedns(place, [
      'members',
      'add',
      'west',
      '--kubeconfig',
      blind,
      '--no-check',
    ]);
    expect(added.code).toBe(0);
    const none = await fedns(place, ['members', 'remove', 'wets']);
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(/no "wets" is there, did you mean "west"\?\n$/);
    expect((await fedns(place, ['members', 'remove', 'west'])).code).toBe(0);
    expect(now()).toBe(text);
  });
});

describe('without a server', () => {
  it('through a link, by a context, into a file that names nobody', async () => {
    const { folder } = await makePlace({});
    const real = join(folder, 'real.yaml');
    const link = join(folder, 'link.yaml');
    const before = '# nothing yet\nstore: {folder: ./state}\n';
    writeFileSync(real, before);
    symlinkSync('real.yaml', link);
    const call = ['members', 'add', 'east', '--kubeconfig', east, '--context', 'east'];
    const { code, stdout, stderr } = await fedns({ config: link }, call);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/no server runs on its state folder\n$/);
    expect(readFileSync(real, 'utf8').startsWith(before)).toBe(true);
    expect(parse(readFileSync(real, 'utf8')).members.list).toEqual([
      { name: 'east', kubeconfig: east, context: 'east' },
    ]);
  });

  it('which file is meant must be said', async () => {
    const { code, stderr } = await fedns({ config: undefined }, ['members', 'remove', 'east']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^fedns: which configuration file\? say -c FILE\n$/);
  });
});
