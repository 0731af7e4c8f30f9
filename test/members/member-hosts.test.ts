/** What one member claims of hosts: who, where it leads, and no more than there is room for. */

import { beforeEach, expect, it } from 'vitest';
import { readGateway, readHttpRoute, readIngress } from '../../src/api/ingress.ts';
import { MemberHosts } from '../../src/members/objects/member-hosts.ts';

const LINKS_MAX = 10;
let changed: string[];
let full: string[];
let ready: Set<string>;
let hosts: MemberHosts;

beforeEach(() => {
  changed = [];
  full = [];
  ready = new Set(['d/web']);
  hosts = new MemberHosts({
    onHost: (host) => changed.push(host),
    onFull: (object) => full.push(object),
    hasEndpoint: (service) => ready.has(service),
    linksMax: LINKS_MAX,
  });
});

function ingress(names: readonly string[], service?: string, createdAt = '2026-01-01T00:00:00Z') {
  const backend = service === undefined ? {} : { service: { name: service } };
  const rules = names.map((host) => ({ host, http: { paths: [{ backend }] } }));
  return readIngress({
    metadata: { namespace: 'd', creationTimestamp: createdAt },
    spec: { rules },
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
  });
}

function taken(): string[] {
  const seen = [...new Set(changed)].sort();
  changed = [];
  return seen;
}

it('tells the hosts that an object claimed and those that it claims now', () => {
  const sink = hosts.sinkOf('Ingress');
  sink.replace(new Map([['d/a', ingress(['one.example', 'two.example'], 'web')]]));
  expect(taken()).toEqual(['one.example', 'two.example']);
  sink.put('d/a', ingress(['two.example', 'three.example'], 'web'));
  expect(taken()).toEqual(['one.example', 'three.example', 'two.example']);
  expect(hosts.claims('one.example')).toEqual([]);
  sink.put('d/b', ingress(['two.example'], 'none', '2025-01-01T00:00:00Z'));
  expect(hosts.claims('two.example').map(({ hasEndpoint }) => hasEndpoint)).toEqual([false, true]);
  hosts.sinkOf('HTTPRoute').replace(new Map());
  expect([...hosts.keys()].sort()).toEqual(['three.example', 'two.example']);
  sink.remove('d/b');
  sink.replace(new Map());
  expect(hosts.count).toBe(0);
});

it('a Service behind it, or its Gateway, that changes is a change of the host', () => {
  hosts.sinkOf('Ingress').put('d/a', ingress(['one.example'], 'web'));
  const route = readHttpRoute({
    metadata: { namespace: 'd' },
    spec: { hostnames: ['two.example'] },
    status: {
      parents: [
        { parentRef: { name: 'edge' }, conditions: [{ type: 'Accepted', status: 'True' }] },
      ],
    },
  });
  hosts.sinkOf('HTTPRoute').put('d/r', route);
  taken();
  hosts.backendChanged('d/web');
  hosts.backendChanged('d/other');
  expect(taken()).toEqual(['one.example']);
  const gateway = (value: string, listeners: object[]) =>
    readGateway({ spec: { listeners }, status: { addresses: [{ value }], listeners: [changed] } });
  hosts.gatewaysSink.put('d/edge', gateway('192.0.2.7', [{ port: 443 }]));
  expect(taken()).toEqual(['two.example']);
  expect(hosts.claims('two.example')).toMatchObject([
    { kind: 'HTTPRoute', targets: [{ ip: '192.0.2.7' }], tcpPort: 443, hasEndpoint: true },
  ]);
  // Its status beats with every route: nothing of ours in it changed.
  hosts.gatewaysSink.put('d/edge', gateway('192.0.2.7', [{ port: 443 }]));
  expect(taken()).toEqual([]);
  hosts.gatewaysSink.remove('d/edge');
  expect(taken()).toEqual(['two.example']);
  expect(hosts.claims('two.example')[0]?.targets).toEqual([]);
});

it('beyond its room objects are left out, told once; who goes makes room', () => {
  const sink = hosts.sinkOf('Ingress');
  for (const at of [1, 2, 3, 4]) {
    sink.put(`d/${at}`, ingress([`a${at}.example`, `b${at}.example`, `c${at}.example`], 'web'));
  }
  expect(hosts.count).toBe(6);
  expect(full).toEqual(['Ingress d/3']);
  sink.remove('d/3');
  sink.remove('d/1');
  sink.put('d/4', ingress(['a4.example'], 'web'));
  expect([...hosts.keys()].sort()).toEqual([
    'a2.example',
    'a4.example',
    'b2.example',
    'c2.example',
  ]);
});
