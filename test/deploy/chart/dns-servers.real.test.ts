/**
 * The DNS servers of the chart, asked by dig: by themselves they answer what the members say, at every
 * level of the names; with the chart's own etcd what the leading controller publishes there, and while
 * that etcd is away what they know.
 */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../controllers/eventually.ts';
import { dig } from '../../lab/dig.ts';
import { type HostWithPods, NAMESPACE, startHostWithPods } from '../host-with-pods.ts';

const LONG_MS = 180_000;
const EAST = { name: 'east', zone: 'a', address: '192.0.2.1' } as const;
const WEST = { name: 'west', zone: 'b', address: '192.0.2.2' } as const;
const MEMBERS = [EAST, WEST];
const SCOPES = [
  { scope: 'Cluster', namespace: 'shop' },
  { scope: 'Namespaced', namespace: NAMESPACE },
];
const DNS = 'dns.enabled=true,dns.domain=example.com,dns.select=load-balancers';

describe.each(SCOPES)('of a federation with scope $scope', { timeout: LONG_MS }, (given) => {
  const { scope, namespace } = given;
  const P = `web.${namespace}.federation.svc`;
  /** Zone, region, anywhere: the same for both transports. */
  const LINES = [
    `${P}.a.east.example.com 192.0.2.1`,
    `${P}.b.west.example.com 192.0.2.2`,
    `${P}.east.example.com 192.0.2.1`,
    `${P}.west.example.com 192.0.2.2`,
    `${P}.example.com 192.0.2.1 192.0.2.2`,
  ];
  const WITHOUT_WEST = LINES.map((line) => `${line.split(' ')[0]} 192.0.2.1`);
  let on: HostWithPods;
  /** What was refused to servers that watched by themselves, when their rights went shortly before them. */
  let refusedAtTheirEnd: readonly string[] = [];

  beforeAll(async () => {
    on = await startHostWithPods(MEMBERS.map(({ name }) => name));
    await upgrade(DNS);
    for (const { name, zone, address } of MEMBERS) {
      const contexts = ['--cluster-context', name, '--host-cluster-context', 'host'];
      // Roles, which are federated too, only with this word.
      const joined = await on.fedns('join', name, ...contexts, '--allow-escalate');
      expect(joined, joined.stderr).toMatchObject({ code: 0 });
      await on.member(name).addNode('n1', { region: name, zone });
      const service = { name: 'web', namespace, replicas: 1, addresses: [address] };
      await on.member(name).deployService(service);
    }
  }, LONG_MS);
  afterAll(() => on?.stop());

  afterEach(() => {
    expect(on.refusals()).toEqual(refusedAtTheirEnd);
    for (const { name } of MEMBERS) expect(on.refusals(name), name).toEqual([]);
  });

  async function upgrade(settings: string): Promise<void> {
    await on.upgrade('kubefed-0.3.1.yaml', '--set', `global.scope=${scope},${settings}`);
    await rolledOut('deployment/fedns-dns');
  }

  const rolledOut = (what: string) =>
    on.host.kubectl(['rollout', 'status', what, '-n', NAMESPACE, '--timeout=120s']);

  const servers = () => on.runner.running().filter((name) => name.startsWith('fedns-dns-'));

  /** What this server says of the names of LINES, aliases followed. */
  async function said(server: string, ...args: readonly string[]): Promise<readonly string[]> {
    const target = { host: on.runner.addressOf(server), port: 1053 };
    const lines: string[] = [];
    for (const line of LINES) {
      const [name = ''] = line.split(' ');
      const answer = await dig(target, name, 'A', '+noall', '+answer', ...args);
      const addresses = [...answer.matchAll(/\sIN\s+A\s+(\S+)$/gm)].map(([, address]) => address);
      lines.push([name, ...addresses.sort()].join(' '));
    }
    return lines;
  }

  /** All of them, each by itself. */
  async function allSay(want: readonly string[], ...args: readonly string[]): Promise<void> {
    const names = await eventually(
      async () => servers(),
      (running) => running.length === 2,
    );
    for (const name of names) {
      await eventually(
        () => said(name, ...args),
        (lines) => lines.join() === want.join(),
        40_000,
      );
    }
  }

  describe('by themselves', () => {
    it('answer zone, region and anywhere, by UDP and TCP', async () => {
      await allSay(LINES);
      await allSay(LINES, '+tcp');
    });

    it('follow what a member says', async () => {
      await on.member('west').scale('web', 0, namespace);
      await allSay(WITHOUT_WEST);
      await on.member('west').scale('web', 1, namespace);
      await allSay(LINES);
    });
  });

  describe('on the etcd of the chart', () => {
    it('answer what the controllers publish there', async () => {
      await upgrade(`${DNS},etcd.enabled=true`);
      await rolledOut('statefulset/fedns-etcd');
      expect(on.runner.running()).toContain('fedns-etcd-0');
      await allSay(LINES);
      refusedAtTheirEnd = on.refusals();
      expect(refusedAtTheirEnd.filter((line) => !line.includes(':fedns-dns '))).toEqual([]);
      await on.member('west').scale('web', 0, namespace);
      await allSay(WITHOUT_WEST);
    });

    it('its pod made anew has its records, and takes the next ones', async () => {
      const uid = async () => {
        const path = ['pod', 'fedns-etcd-0', '-n', NAMESPACE, '--ignore-not-found'];
        return await on.host.kubectl(['get', ...path, '-o', 'jsonpath={.metadata.uid}']);
      };
      const before = await uid();
      await on.host.kubectl(['scale', 'statefulset/fedns-etcd', '-n', NAMESPACE, '--replicas=0']);
      await eventually(
        async () => on.runner.running(),
        (names) => !names.includes('fedns-etcd-0'),
      );
      for (const name of servers()) expect(await said(name)).toEqual(WITHOUT_WEST);
      await on.host.kubectl(['scale', 'statefulset/fedns-etcd', '-n', NAMESPACE, '--replicas=1']);
      await rolledOut('statefulset/fedns-etcd');
      expect(await uid()).not.toBe(before);
      // A server that has nothing but this etcd: what was published before is still there.
      const [name = ''] = servers();
      await on.host.kubectl(['delete', 'pod', name, '-n', NAMESPACE]);
      await rolledOut('deployment/fedns-dns');
      await eventually(
        async () => servers(),
        (names) => names.length === 2 && !names.includes(name),
      );
      await allSay(WITHOUT_WEST);
      await on.member('west').scale('web', 1, namespace);
      await allSay(LINES);
    });
  });
});
