/** The members that a host names, as they come, change, err and go; the host is a faulty API. */

import { afterEach, beforeEach, expect, it } from 'vitest';
import { HostMembers } from '../../src/members/host/host-members.ts';
import type { MemberSpec } from '../../src/members/registry.ts';
import { waitUntil } from '../lab/process.ts';
import { FaultyApi } from '../support/faulty-api.ts';

const NAMESPACE = 'kube-federation-system';
const CLUSTERS = `/apis/core.kubefed.io/v1beta1/namespaces/${NAMESPACE}/kubefedclusters`;
const CONFIG = `/apis/core.kubefed.io/v1beta1/namespaces/${NAMESPACE}/kubefedconfigs/kubefed`;
const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`;

let api: FaultyApi;
let host: HostMembers;
/** What was told, each time. */
let told: (readonly MemberSpec[])[];
let problems: string[];
let withheld: readonly string[];

beforeEach(async () => {
  api = new FaultyApi([CLUSTERS, SECRETS]);
  await api.start();
  told = [];
  problems = [];
  host = new HostMembers({
    access: api.access,
    namespace: NAMESPACE,
    onChange: (specs, others) => {
      told.push(specs);
      withheld = others;
    },
    onProblem: (object, problem) => problems.push(`${object}: ${problem}`),
    limits: { backoffMinMs: 10, backoffMaxMs: 50, listPeriodMs: 10 },
  });
});

afterEach(async () => {
  await host.stop();
  await api.stop();
});

function cluster(name: string, spec: object = {}, status: object = {}): void {
  const good = { apiEndpoint: `${name}.example`, secretRef: { name } };
  api.at(CLUSTERS).put(`${NAMESPACE}/${name}`, { spec: { ...good, ...spec }, status });
}

function secret(name: string, token: string): void {
  api.at(SECRETS).put(`${NAMESPACE}/${name}`, { data: { token: btoa(token) } });
}

const names = () => told.at(-1)?.map(({ name }) => name);
const spec = (name: string) => told.at(-1)?.find((one) => one.name === name);
const tokenOf = async (name: string) => {
  return (await spec(name)?.access.credentials())?.headers['authorization'];
};
const until = (what: string, isSo: () => boolean) => {
  return waitUntil(what, () => Promise.resolve(isSo()), 5000);
};
/** Longer than it takes to tell a change. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 400));

async function started(): Promise<void> {
  cluster('east', {}, { region: 'e', zones: ['a'] });
  secret('east', 'one');
  cluster('west');
  secret('west', 'two');
  host.start();
  await until('read whole', () => host.hasSynced);
}

it('tells all of them at once, with access and place', async () => {
  await started();
  expect(told).toHaveLength(1);
  expect(names()).toEqual(['east', 'west']);
  expect(spec('east')).toMatchObject({ region: 'e', topologyZones: ['a'], allow: [] });
  expect(spec('west')).toMatchObject({ region: undefined, topologyZones: undefined });
  expect(spec('east')?.access.server).toBe('https://east.example');
  expect(await tokenOf('east')).toBe('Bearer one');
  expect(problems).toEqual([]);
});

it('of a federation of one namespace nothing else is read of its members', async () => {
  api.texts.set(CONFIG, JSON.stringify({ spec: { scope: 'Namespaced' } }));
  await started();
  expect(told).toHaveLength(1);
  expect(spec('east')?.onlyNamespace).toBe(NAMESPACE);
  expect(spec('west')?.onlyNamespace).toBe(NAMESPACE);
});

it.each([
  ['says that it is of the whole cluster', JSON.stringify({ spec: { scope: 'Cluster' } })],
  ['says nothing of it', '{"spec":{"syncController":{"adoptResources":7}}}'],
  ['is not there', undefined],
])('a configuration that %s: all namespaces are read', async (_, config) => {
  if (config !== undefined) api.texts.set(CONFIG, config);
  await started();
  expect(spec('east')?.onlyNamespace).toBeUndefined();
  expect(problems).toEqual([]);
});

it('may not ask whose namespaces: of all, until it is told better', async () => {
  api.texts.set(CONFIG, JSON.stringify({ spec: { scope: 'Namespaced' } }));
  api.faults = { forbids: CONFIG };
  await started();
  expect(spec('east')?.onlyNamespace).toBeUndefined();
  expect(problems).toEqual([]);
  api.faults = {};
  await until('asked again', () => spec('east')?.onlyNamespace === NAMESPACE);
  expect(spec('west')?.onlyNamespace).toBe(NAMESPACE);
});

it('its configuration comes after the servers: then it is of one namespace', async () => {
  await started();
  expect(spec('east')?.onlyNamespace).toBeUndefined();
  api.texts.set(CONFIG, JSON.stringify({ spec: { scope: 'Namespaced' } }));
  await until('asked again', () => spec('east')?.onlyNamespace === NAMESPACE);
});

it('its configuration alone cannot be read: no member is known, and that is told', async () => {
  cluster('east');
  secret('east', 'one');
  api.texts.set(CONFIG, 'no JSON');
  host.start();
  await until('told', () => problems.length > 0);
  expect(host.hasSynced).toBe(false);
  expect(problems[0]).toMatch(/^KubeFedConfig \S+\/kubefed: .*: no members are known without$/);
  api.texts.set(CONFIG, '{}');
  await until('read whole', () => host.hasSynced);
  expect(problems).toHaveLength(1);
});

it('stops while a host that is silent was asked whose namespaces', async () => {
  api.faults = { isSilent: true };
  host.start();
  await until('asked', () => api.requests.some((one) => one.startsWith(CONFIG)));
  await expect(host.stop()).resolves.toBeUndefined();
});

it('no members is told too, but only once it is known', async () => {
  api.faults = { status: 503 };
  host.start();
  await settled();
  expect(told).toEqual([]);
  expect(host.hasSynced).toBe(false);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(/^host cluster http.*503.*no members are known from it$/);
  api.faults = {};
  await until('read whole', () => host.hasSynced);
  expect(told).toEqual([[]]);
});

it('one collection alone says nothing: without its Secrets nobody is a member', async () => {
  api.collections.delete(SECRETS);
  cluster('east');
  host.start();
  await settled();
  expect(told).toEqual([]);
});

it('joined, together with its Secret or before it; left', async () => {
  await started();
  cluster('north');
  secret('north', 'three');
  await until('north', () => spec('north') !== undefined);
  expect(problems).toEqual([]);
  cluster('south');
  await until('south is told', () => problems.length > 0);
  const object = `KubeFedCluster ${NAMESPACE}/south`;
  const why = 'spec.secretRef.name: Secret "south" is not there, or has no data.token';
  expect(problems).toEqual([`${object}: ${why}: it cannot be read`]);
  secret('south', 'four');
  await until('south', () => spec('south') !== undefined);
  api.at(CLUSTERS).remove(`${NAMESPACE}/east`);
  await until('east left', () => spec('east') === undefined);
  expect(names()).toEqual(['north', 'south', 'west']);
});

it.each([
  ['a token', () => secret('east', 'other')],
  ['an address', () => cluster('east', { apiEndpoint: 'other.example' })],
  ['a proxy', () => cluster('east', { proxyURL: 'http://proxy.example:3128' })],
  ['checks', () => cluster('east', { disabledTLSValidations: ['SubjectName'] })],
  ['another Secret', () => cluster('east', { secretRef: { name: 'west' } })],
])('another access is another fingerprint: %s', async (_what, change) => {
  await started();
  const before = told[0];
  change();
  await until('told', () => told.length === 2);
  const print = (specs: readonly MemberSpec[] | undefined, name: string) =>
    specs?.find((one) => one.name === name)?.fingerprint;
  expect(print(told[1], 'east')).not.toBe(print(before, 'east'));
  expect(print(told[1], 'west')).toBe(print(before, 'west'));
});

it('what somebody writes into its status is no news, but the place is', async () => {
  await started();
  cluster('west', {}, { conditions: [{ type: 'Ready', status: 'True' }] });
  api.at(SECRETS).put(`${NAMESPACE}/unrelated`, { data: { password: btoa('x') } });
  await settled();
  expect(told).toHaveLength(1);
  cluster('west', {}, { region: 'w', zones: ['b'] });
  await until('place', () => spec('west')?.region === 'w');
});

it('malformed: told once, its access stays, its neighbours too', async () => {
  await started();
  cluster('east', { disabledTLSValidations: ['*', 'SubjectName'] });
  cluster('new', { apiEndpoint: 'ftp://new.example' });
  await until('told', () => problems.length === 2);
  cluster('east', { disabledTLSValidations: ['*', 'SubjectName'], caBundle: '' });
  await settled();
  expect(problems.sort()).toEqual([
    `KubeFedCluster ${NAMESPACE}/east: spec.disabledTLSValidations: * stands alone: ` +
      'the access it had stays',
    `KubeFedCluster ${NAMESPACE}/new: spec.apiEndpoint: its scheme is "ftp", ` +
      'neither http nor https: it cannot be read',
  ]);
  // Told again, for there is one more that is withheld.
  expect(told).toHaveLength(2);
  expect(names()).toEqual(['east', 'west']);
  expect(spec('east')?.fingerprint).toBe(told[0]?.[0]?.fingerprint);
  expect(withheld).toEqual(['new']);
  cluster('east', { apiEndpoint: 'again.example' });
  await until('good again', () => spec('east')?.access.server === 'https://again.example');
  cluster('east', { caBundle: btoa('-----BEGIN CERTIFICATE-----\nno\n') });
  await until('told again', () => problems.length === 3);
  expect(problems.at(-1)).toContain('spec.caBundle: holds no certificate');
  api.at(CLUSTERS).remove(`${NAMESPACE}/east`);
  await until('left', () => spec('east') === undefined);
});

it('its Secret deleted: the access stays until there is another', async () => {
  await started();
  api.at(SECRETS).remove(`${NAMESPACE}/east`);
  await until('told', () => problems.length === 1);
  expect(names()).toEqual(['east', 'west']);
  secret('east', 'renewed');
  await until('renewed', () => told.length === 2);
  expect(await tokenOf('east')).toBe('Bearer renewed');
});

it('host away: all stay; what changed meanwhile comes with it', async () => {
  await started();
  api.faults = { status: 500 };
  api.cutAll();
  await until('told', () => problems.length === 1);
  expect(problems[0]).toContain('its members stay as they are');
  cluster('north');
  secret('north', 'three');
  await settled();
  expect(told).toHaveLength(1);
  api.faults = {};
  await until('north', () => spec('north') !== undefined);
  expect(names()).toEqual(['east', 'north', 'west']);
});

it('no word of a token in anything that is told', async () => {
  secret('east', 'two words');
  cluster('east', { proxyURL: 'ftp://me:hidden@proxy.example' });
  secret('west', 'hid den');
  cluster('west');
  host.start();
  await until('told', () => problems.length === 2);
  expect(problems.join(' ')).not.toMatch(/two words|hid ?den/);
  expect(JSON.stringify(told)).not.toMatch(/two|den/);
});
