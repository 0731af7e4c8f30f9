/** Kubernetes objects as an API server sends them -> reports and places. */

import { describe, expect, it } from 'vitest';
import { readEndpointSlice, readNode, readService } from '../../src/api/core.ts';
import { readShardReport as readReport } from '../../src/discovery/health/shard-report.ts';
import { readWishes } from '../../src/discovery/health/shard-wishes.ts';
import { formatShard, parseShard } from '../../src/discovery/health/stored-shard.ts';
import { localityOfNodes } from '../../src/discovery/locality-of-nodes.ts';

/** Never reported before. */
const NEW = { before: undefined, defaultPolicy: 'keep' } as const;

function service(spec: object, status: object = {}, annotations: object = {}) {
  return readService({
    metadata: { name: 'web', uid: 'u', resourceVersion: '7', annotations },
    spec,
    status,
  });
}

function slice(...conditions: readonly object[]) {
  return readEndpointSlice({
    metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
    endpoints: conditions.map((one) => ({ addresses: ['10.0.0.1'], conditions: one })),
  });
}

function readShardReport(
  of: ReturnType<typeof service>,
  slices: readonly ReturnType<typeof slice>[],
  before: Parameters<typeof readReport>[2],
) {
  return readReport(of, { slices, nodes: undefined }, before);
}

const LOAD_BALANCED = {
  loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { hostname: 'lb.example.net' }] },
};

describe('a report', () => {
  it('takes load-balancer addresses and host names, and the first TCP port', () => {
    const ports = [{ port: 53, protocol: 'UDP' }, { port: 80 }, { port: 443, protocol: 'TCP' }];
    const { report } = readShardReport(
      service({ type: 'LoadBalancer', ports }, LOAD_BALANCED),
      [],
      NEW,
    );
    expect(report).toEqual({
      targets: [{ ip: '192.0.2.1' }, { hostname: 'lb.example.net' }],
      hasEndpoint: false,
      tcpPort: 80,
      wishes: {},
    });
  });

  const endpoints: readonly (readonly [string, readonly object[], boolean])[] = [
    ['none', [], false],
    ['ready', [{ ready: true }], true],
    ['not said means ready', [{}], true],
    ['not ready', [{ ready: false }], false],
    ['one of two', [{ ready: false }, { ready: true }], true],
    ['serving while it ends', [{ ready: false, serving: true, terminating: true }], true],
    ['ended serving', [{ ready: false, serving: false, terminating: true }], false],
    ['serving, not ready, not ending', [{ ready: false, serving: true }], false],
  ];
  it.each(endpoints)('endpoints: %s', (_name, conditions, want) => {
    const { report } = readShardReport(service({}), [slice(...conditions)], NEW);
    expect(report.hasEndpoint).toBe(want);
  });

  it('other addresses only where the owner asks', () => {
    const spec = { externalIPs: ['198.51.100.1'], clusterIPs: ['10.96.0.1'] };
    const plain = readShardReport(service(spec, LOAD_BALANCED), [], NEW);
    expect(plain.report.targets).toHaveLength(2);
    const wish = { 'fedns.io/addresses': 'external-ips, cluster-ips' };
    const asked = readShardReport(service(spec, LOAD_BALANCED, wish), [], NEW);
    expect(asked.report.targets).toEqual([{ ip: '198.51.100.1' }, { ip: '10.96.0.1' }]);
    const headless = { clusterIPs: ['None'] };
    expect(readShardReport(service(headless, {}, wish), [], NEW).report.targets).toEqual([]);
  });

  it('frozen: the state stays as it was, the wishes are the new ones', () => {
    const before = readShardReport(service({}, LOAD_BALANCED), [slice({})], NEW).report;
    const frozen = service({}, {}, { 'fedns.io/when-unreachable': 'freeze' });
    const { report } = readShardReport(frozen, [], { ...NEW, before });
    expect(report).toEqual({ ...before, wishes: { whenUnreachable: 'freeze' } });
    expect(readShardReport(frozen, [], NEW).report.targets).toEqual([]);
  });

  it('whatever is sent instead of an object is read as nothing', () => {
    for (const odd of [
      null,
      1,
      'x',
      [],
      { spec: 5, status: [], metadata: 'no' },
      { spec: { ports: 'a' } },
    ]) {
      const { report } = readShardReport(readService(odd), [readEndpointSlice(odd)], NEW);
      expect(report.targets).toEqual([]);
      expect(report.hasEndpoint).toBe(false);
    }
  });

  it('rests in the store and comes back, whatever the order of its wishes', () => {
    const wishes = { 'fedns.io/weight': '3', 'fedns.io/drain': 'true', 'fedns.io/ttl': '30' };
    const { report } = readShardReport(
      service({ ports: [{ port: 1 }] }, LOAD_BALANCED, wishes),
      [],
      NEW,
    );
    const wasOut = 'member lost, addresses unknown';
    const text = formatShard({ report, wasOut, hasAnswered: true });
    const back = parseShard(text);
    expect(back).toEqual({ report, wasOut, hasAnswered: true });
    expect(back && formatShard(back)).toBe(text);
    expect(parseShard('{"report":{"targets":[{}]}}')).toBeUndefined();
    expect(parseShard('no')).toBeUndefined();
  });

  it('of another version: what we do not know counts as not said, and the rest stays', () => {
    const report = {
      targets: [{ ip: '192.0.2.1', zone: 'a' }],
      hasEndpoint: true,
      wishes: { whenUnreachable: 'ask-the-oracle', addresses: ['pods'], weight: 3, colour: 'red' },
    };
    const read = (wasOut: unknown) => parseShard(JSON.stringify({ report, wasOut, more: 1 }));
    expect(read(undefined)).toEqual({
      report: { targets: [{ ip: '192.0.2.1' }], hasEndpoint: true, wishes: { weight: 3 } },
      wasOut: undefined,
      hasAnswered: false,
    });
    expect(read(true)?.wasOut).toBe('member lost, addresses do not answer');
    expect(read('struck by lightning')?.wasOut).toBe('member lost, addresses do not answer');
  });
});

describe('wishes', () => {
  const rows: readonly (readonly [string, string, unknown])[] = [
    ['when-unreachable', 'keep', { whenUnreachable: 'keep' }],
    ['when-unreachable', 'Keep', '"Keep" is none of'],
    ['ttl', '60', { ttlSeconds: 60 }],
    ['ttl', '0', '"0" is not a whole number from 1'],
    ['ttl', '', '"" is not a whole number'],
    ['allow-without-endpoints', 'true', { allowWithoutEndpoints: true }],
    ['allow-without-endpoints', 'yes', 'neither true nor false'],
    ['probe', 'none', { probe: 'none' }],
    ['probe', '8080', { probe: 8080 }],
    ['probe', '70000', 'from 1 to 65535'],
    ['addresses', 'external-ips', { addresses: ['external-ips'] }],
    ['addresses', 'node-ip', '"node-ip" is none of'],
    ['addresses', 'node-ports', { addresses: ['node-ports'] }],
    ['addresses', 'endpoints', { addresses: ['endpoints'] }],
    ['addresses', 'load-balancer,node-ports', '"node-ports" stands alone'],
    ['addresses', 'endpoints, external-ips', '"endpoints" stands alone'],
    ['host-name-as', 'cname', { hostNameAs: 'cname' }],
    ['host-name-as', 'alias', '"alias" is none of addresses, cname'],
    ['drain', 'true', { drain: true }],
    ['leaving', 'true', { leaving: true }],
    ['drian', 'true', 'did you mean fedns.io/drain?'],
    ['capacity', '1.5', { capacity: 1.5 }],
  ];
  it.each(rows)('%s: %s', (name, text, want) => {
    const { wishes, problems } = readWishes(new Map([[name, text]]));
    if (typeof want === 'string') {
      expect(wishes).toEqual({});
      expect(problems.join()).toContain(want);
    } else {
      expect(wishes).toEqual(want);
      expect(problems).toEqual([]);
    }
  });
});

describe('where a cluster is', () => {
  const node = (region?: string, zone?: string, old = false) => {
    const prefix = old ? 'failure-domain.beta.kubernetes.io' : 'topology.kubernetes.io';
    const labels = {
      ...(region !== undefined && { [`${prefix}/region`]: region }),
      ...(zone !== undefined && { [`${prefix}/zone`]: zone }),
    };
    return readNode({ metadata: { labels } });
  };
  const rows: readonly (readonly [
    string,
    ReturnType<typeof node>[],
    string | undefined,
    string[],
    number,
  ])[] = [
    ['every zone', [node('r', 'b'), node('r', 'a'), node('r', 'b')], 'r', ['a', 'b'], 0],
    ['old labels', [node('r', 'a', true)], 'r', ['a'], 0],
    ['a node without labels harms nothing', [node(), node('r', 'a')], 'r', ['a'], 0],
    ['no labels at all', [node()], undefined, [], 0],
    ['upper case', [node('RegionOne', 'A')], 'regionone', ['a'], 0],
    [
      'two regions: the one of most nodes',
      [node('s', 'x'), node('r', 'a'), node('r', 'b')],
      'r',
      ['a', 'b'],
      1,
    ],
    ['no DNS label', [node('r', 'a b'), node('r', 'c')], 'r', ['c'], 1],
  ];
  it.each(rows)('%s', (_name, nodes, region, topologyZones, problemCount) => {
    const read = localityOfNodes(nodes);
    expect(read.locality).toEqual({ region, topologyZones });
    expect(read.problems).toHaveLength(problemCount);
  });
});
