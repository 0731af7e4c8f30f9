/** Where a shard's addresses come from when its owner asks for others than a load balancer's. */

import { describe, expect, it } from 'vitest';
import { readEndpointSlice, readNode, readService } from '../../src/api/core.ts';
import { readShardReport } from '../../src/discovery/health/shard-report.ts';
import { formatShard, parseShard } from '../../src/discovery/health/stored-shard.ts';

/** Never reported before. */
const NEW = { before: undefined, defaultPolicy: 'keep' } as const;

const PORTS = [
  { port: 53, protocol: 'UDP', nodePort: 30053 },
  { port: 80, nodePort: 30080 },
];

function service(addresses: string, spec: object = { ports: PORTS }) {
  const annotations = { 'fedns.io/addresses': addresses };
  return readService({
    metadata: { name: 'web', annotations },
    spec: { type: 'NodePort', ...spec },
  });
}

interface Endpoint {
  readonly node?: string;
  readonly ip?: string;
  readonly is?: 'ready' | 'ending' | 'unready';
}

const CONDITIONS = {
  ready: { ready: true },
  ending: { ready: false, serving: true, terminating: true },
  unready: { ready: false, serving: false },
};

function slice(endpoints: readonly Endpoint[], isHeadless = false) {
  return readEndpointSlice({
    metadata: {
      labels: {
        'kubernetes.io/service-name': 'web',
        ...(isHeadless && { 'service.kubernetes.io/headless': '' }),
      },
    },
    ports: [{ port: 53, protocol: 'UDP' }, { port: 8080 }],
    endpoints: endpoints.map(({ node, ip = '192.0.2.9', is = 'ready' }) => ({
      nodeName: node,
      addresses: [ip, '192.0.2.250'],
      conditions: CONDITIONS[is],
    })),
  });
}

function node(addresses: Record<string, string>, more: { ready?: string; label?: string } = {}) {
  const { ready = 'True', label } = more;
  return readNode({
    metadata: { labels: label === undefined ? {} : { [label]: '' } },
    status: {
      addresses: Object.entries(addresses).map(([address, type]) => ({ type, address })),
      conditions: [{ type: 'Ready', status: ready }],
    },
  });
}

const NODES = new Map([
  ['n1', node({ '198.51.100.1': 'ExternalIP', '10.0.0.1': 'InternalIP', n1: 'Hostname' })],
  ['n2', node({ '10.0.0.2': 'InternalIP', '2001:db8::2': 'InternalIP' })],
  ['n3', node({ '10.0.0.3': 'InternalIP' }, { ready: 'Unknown' })],
  [
    'n4',
    node(
      { '10.0.0.4': 'InternalIP' },
      { label: 'node.kubernetes.io/exclude-from-external-load-balancers' },
    ),
  ],
]);

function ips({ report }: ReturnType<typeof readShardReport>): string[] {
  return report.targets.map((target) => ('ip' in target ? target.ip : target.hostname));
}

describe('node-ports', () => {
  const read = (given: ReturnType<typeof service>, slices: readonly ReturnType<typeof slice>[]) =>
    readShardReport(given, { slices, nodes: NODES }, NEW);

  it('those nodes that are ready, external before internal; probed at the port on the node', () => {
    const result = read(service('node-ports'), [slice([{ node: 'n1' }])]);
    expect(ips(result)).toEqual(['10.0.0.2', '198.51.100.1', '2001:db8::2']);
    expect(result.report.tcpPort).toBe(30080);
    expect(result.problems).toEqual([]);
  });

  const local = service('node-ports', { ports: PORTS, externalTrafficPolicy: 'Local' });
  const rows: readonly (readonly [string, readonly Endpoint[], readonly string[]])[] = [
    ['of one', [{ node: 'n1' }, { node: 'n2', is: 'unready' }], ['198.51.100.1']],
    [
      'ready before ending',
      [{ node: 'n1', is: 'ending' }, { node: 'n2' }],
      ['10.0.0.2', '2001:db8::2'],
    ],
    ['ending before none', [{ node: 'n1', is: 'ending' }], ['198.51.100.1']],
    ['on a node that is not ready', [{ node: 'n3' }], []],
    ['on a node nobody knows', [{ node: 'n9' }, {}], []],
    ['none', [], []],
  ];
  it.each(rows)('Local: only the nodes of its endpoints: %s', (_name, endpoints, want) => {
    const each = endpoints.map((one) => slice([one]));
    expect(ips(read(local, each))).toEqual(want);
    expect(ips(read(local, [slice(endpoints)]))).toEqual(want);
  });

  it('without a port on the nodes there is nothing; of UDP alone nothing is probed', () => {
    const plain = service('node-ports', { ports: [{ port: 80 }] });
    expect(ips(read(plain, [slice([{ node: 'n1' }])]))).toEqual([]);
    const udp = read(service('node-ports', { ports: PORTS.slice(0, 1) }), [
      slice([{ node: 'n1' }]),
    ]);
    expect(ips(udp)).toHaveLength(3);
    expect(udp.report.tcpPort).toBeUndefined();
  });

  it('nodes that were not read are unknown, not gone', () => {
    const before = read(service('node-ports'), [slice([{ node: 'n1' }])]).report;
    const around = { slices: [slice([{ node: 'n1' }])], nodes: undefined };
    const after = readShardReport(service('node-ports'), around, { ...NEW, before });
    expect(after.report).toEqual(before);
    expect(after.problems.join()).toContain('the nodes are not read');
    expect(ips(readShardReport(service('node-ports'), around, NEW))).toEqual([]);
  });

  it('what is not asked for is not kept', () => {
    expect(readService({ spec: { ports: PORTS } }).nodePorts).toBeUndefined();
    expect(service('load-balancer').nodePorts).toBeUndefined();
  });
});

describe('endpoints', () => {
  const headless = service('endpoints', { clusterIP: 'None', ports: [{ port: 80 }] });
  const read = (...slices: readonly ReturnType<typeof slice>[]) =>
    readShardReport(headless, { slices, nodes: undefined }, NEW);

  it('the ready ones, each once and by its first address; probed at their own port', () => {
    const result = read(
      slice([{ ip: '192.0.2.2' }, { ip: '192.0.2.1' }, { ip: '192.0.2.3', is: 'unready' }], true),
      slice([{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }], true),
    );
    expect(ips(result)).toEqual(['192.0.2.1', '192.0.2.2', '2001:db8::1']);
    expect(result.report.tcpPort).toBe(8080);
  });

  it('those that serve while they end only where none is ready', () => {
    const ending = slice([{ ip: '192.0.2.1', is: 'ending' }], true);
    expect(ips(read(ending, slice([{ ip: '192.0.2.2' }], true)))).toEqual(['192.0.2.2']);
    expect(ips(read(ending))).toEqual(['192.0.2.1']);
    expect(read(ending).report.hasEndpoint).toBe(true);
  });

  it('addresses rest only with headless Services', () => {
    const plain = slice([{ ip: '192.0.2.1' }]);
    expect(plain.addresses).toEqual([]);
    expect(ips(read(plain))).toEqual([]);
  });

  it('rests in the store and comes back', () => {
    const { report } = read(slice([{ ip: '192.0.2.1' }], true));
    const shard = { report, wasOut: undefined, hasAnswered: true };
    expect(parseShard(formatShard(shard))).toEqual(shard);
  });
});
