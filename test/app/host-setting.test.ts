/** `members.host`: a group that may be absent, from file, variables and flags. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readMembership } from '../../src/app/config/members/member-specs.ts';
import { explainConfig, type ReadConfig, readConfig } from '../../src/app/config/read-config.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fedns-host-setting-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function read(text: string, environment: Record<string, string> = {}): ReadConfig {
  const file = join(folder, 'fedns.yaml');
  writeFileSync(file, text);
  const flags = new Map([['--members-select', ['load-balancers']]]);
  return readConfig({ file, environment, flags });
}

function kubeconfig(server: string): void {
  const config = {
    'current-context': 'a',
    clusters: [{ name: 'a', cluster: { server } }],
    users: [{ name: 'a', user: { token: 'one' } }],
    contexts: ['a', 'b'].map((name) => ({ name, context: { cluster: 'a', user: 'a' } })),
  };
  writeFileSync(join(folder, 'host.json'), JSON.stringify(config));
}

it('is absent unless something of it is said', async () => {
  const config = read('{}');
  expect(config.config.members.host).toBeUndefined();
  expect((await readMembership(config)).host).toBeUndefined();
  const shown = explainConfig(config).find(({ path }) => path === 'members.host.namespace');
  expect(shown).toEqual({ path: 'members.host.namespace', value: undefined, origin: 'default' });
});

it.each([
  ['members: { host: {} }', {}, { namespace: 'kube-federation-system' }],
  ['members: { host: { kubeconfig: in-cluster } }', {}, { kubeconfig: 'in-cluster' }],
  ['{}', { FEDNS_MEMBERS_HOST_KUBECONFIG: 'x' }, { kubeconfig: 'x' }],
  ['members: { host: { context: a } }', { FEDNS_MEMBERS_HOST_NAMESPACE: 'n' }, { namespace: 'n' }],
])('%s with %j', (text, environment, want) => {
  expect(read(text, environment).config.members.host).toMatchObject(want);
});

it.each([
  ['members: { host: { namspace: x } }', /unknown key "namspace", did you mean "namespace"\?/],
  ['members: { host: { namespace: a/b } }', /members\.host\.namespace: not a namespace/],
])('%s is refused', (text, why) => {
  expect(() => read(text)).toThrow(why);
});

it('its kubeconfig is found beside the file, and another one is another host', async () => {
  kubeconfig('https://host.example');
  const text = 'members: { host: { kubeconfig: host.json } }';
  const first = (await readMembership(read(text))).host;
  expect(first?.access.server).toBe('https://host.example');
  expect((await readMembership(read(text))).host?.fingerprint).toBe(first?.fingerprint);
  for (const other of [', context: b', ', namespace: n']) {
    const { host } = await readMembership(read(text.replace('json', `json${other}`)));
    expect(host?.fingerprint).not.toBe(first?.fingerprint);
  }
  kubeconfig('https://other.example');
  expect((await readMembership(read(text))).host?.fingerprint).not.toBe(first?.fingerprint);
  const lost = readMembership(read(text.replace('host.json', 'none.json')));
  await expect(lost).rejects.toThrow(/members\.host: .*none\.json: no such file/);
});
