/** The status of a record: an entry a cluster, and why a name is missing. */

import { describe, expect, it } from 'vitest';
import {
  type DnsRecord,
  readIngressDnsRecord,
  readServiceDnsRecord,
} from '../../../src/api/kubefed/dns-record-objects.ts';
import {
  foldRecord,
  type SeenCluster,
  type SeenCopy,
} from '../../../src/discovery/kubefed-records/record-status.ts';
import { parseName } from '../../../src/dns/name.ts';

const US = { region: 'us', topologyZones: ['us1'] };
const NOWHERE = { region: undefined, topologyZones: [] };

const copy = (hasEndpoint: boolean, ...ips: string[]): SeenCopy => ({
  loadBalancer: ips.map((ip) => ({ ip })),
  hasEndpoint,
});
const at = (cluster: string, seen: SeenCluster['copy'], place: object = US): SeenCluster => ({
  cluster,
  ...NOWHERE,
  ...place,
  copy: seen,
});

function service(spec: object = {}, status: object = {}) {
  const metadata = { name: 'web', namespace: 'shop' };
  return readServiceDnsRecord({ metadata, spec: { domainRef: 'd', ...spec }, status });
}

/** `Ready False NoEndpoints: one: NoEndpoints`, a line a condition. */
function said(clusters: SeenCluster[], record: DnsRecord = service()): Record<string, string> {
  return Object.fromEntries(
    foldRecord(record, clusters).conditions.map(({ type, status, reason, message }) => [
      type,
      `${status} ${reason}: ${message}`,
    ]),
  );
}

describe('why there is no name', () => {
  it.each([
    ['absent' as const, 'NoServiceInCluster'],
    [copy(false), 'NoEndpoints'],
    [copy(false, '192.0.2.1'), 'NoEndpoints'],
    [copy(true), 'NoLoadBalancer'],
    ['not ready' as const, 'ClusterNotReady'],
    ['not read' as const, 'ClusterNotRead'],
  ])('%j: %s', (seen, reason) => {
    expect(said([at('one', seen)])['Ready']).toBe(`False ${reason}: one: ${reason}`);
  });

  it('of several the one that is nearest to an address; each is named', () => {
    const clusters = [at('two', copy(true)), at('one', 'absent')];
    expect(said(clusters)['Ready']).toBe(
      'False NoLoadBalancer: one: NoServiceInCluster; two: NoLoadBalancer',
    );
  });

  it('one that has an address is enough; the others are named', () => {
    const clusters = [at('one', 'absent'), at('two', copy(true, '192.0.2.1'))];
    expect(said(clusters)['Ready']).toBe(
      'True Published: addresses of two; one: NoServiceInCluster',
    );
  });

  it('no cluster, no Domain', () => {
    expect(said([])['Ready']).toBe('False NoClusters: no KubeFedCluster is registered');
    const problem = { reason: 'DomainNotFound', message: 'no Domain is named "d"' } as const;
    const { conditions, dns } = foldRecord(service(), [at('one', copy(true, '192.0.2.1'))], {
      problem,
    });
    expect(conditions[0]).toEqual({ type: 'Ready', status: 'False', ...problem });
    expect(dns).toHaveLength(1);
  });

  it('a cluster without a place blocks nobody', () => {
    const clusters = [
      at('one', copy(true, '192.0.2.1')),
      at('two', copy(true, '192.0.2.2'), NOWHERE),
      at('three', copy(true), { region: 'eu' }),
    ];
    expect(said(clusters)['Located']).toBe('False NoRegion: three: NoZones; two: NoRegion');
    expect(said(clusters)['Ready']).toMatch(/^True Published: addresses of one, two/);
  });
});

describe('whose shard leaves', () => {
  const leaving: SeenCluster = {
    ...at('one', copy(true, '192.0.2.1')),
    copy: { ...(copy(true, '192.0.2.1') as object), isLeaving: true } as SeenCopy,
  };
  const before = {
    dns: [
      { cluster: 'one', loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
      { cluster: 'two', loadBalancer: { ingress: [{ ip: '192.0.2.2' }] } },
    ],
  };
  const clustersIn = (two: SeenCluster['copy']) =>
    foldRecord(service({}, before), [leaving, at('two', two)]).dns.flatMap(
      ({ cluster, loadBalancer }) => (loadBalancer.ingress === undefined ? [] : [cluster]),
    );

  it('is out while another is seen to be in', () => {
    expect(clustersIn(copy(true, '192.0.2.2'))).toEqual(['two']);
    expect(said([leaving, at('two', copy(true, '192.0.2.2'))])['Ready']).toBe(
      'True Published: addresses of two; one: Leaving',
    );
  });

  it.each([
    ['has no endpoint', copy(false, '192.0.2.2'), ['one']],
    ['is not there', 'absent', ['one']],
    ['is not ready: what it said last may be of the dead', 'not ready', ['one', 'two']],
    ['is not read', 'not read', ['one', 'two']],
  ] as const)('stays in where the other %s', (_, two, want) => {
    expect(clustersIn(two)).toEqual(want);
  });
});

describe('names that an older record has', () => {
  const older = { kind: 'IngressDNSRecord', key: 'shop/old', createdAt: '' } as const;
  const lost = new Map([
    [parseName('www.example.com'), older],
    [parseName('a.example.com'), older],
  ]);
  const told =
    'www.example.com is of IngressDNSRecord shop/old; a.example.com is of IngressDNSRecord shop/old';
  const words = (clusters: SeenCluster[], keepsNone: boolean) => {
    const { conditions } = foldRecord(service(), clusters, {
      conflict: { lost, denied: new Map(), keepsNone },
    });
    const of = (type: string) => conditions.find((one) => one.type === type);
    const text = (type: string) =>
      [of(type)?.status, of(type)?.reason, of(type)?.message].join(' ');
    return { Ready: text('Ready'), Conflict: text('Conflict') };
  };
  const published = [at('one', copy(true, '192.0.2.1'))];

  it('none: the condition says so', () => {
    expect(said(published)['Conflict']).toBe(
      'False NoConflict: no older record has one of its names',
    );
  });

  it('some: it is ready in part, and who has them is told', () => {
    expect(words(published, false)).toEqual({
      Ready: `True PartlyPublished addresses of one; ${told}`,
      Conflict: `True HostClaimed ${told}`,
    });
  });

  it('all: it is not ready', () => {
    expect(words(published, true).Ready).toBe(`False HostClaimed ${told}`);
  });

  it('what has no address for another reason says that', () => {
    expect(words([at('one', 'absent')], true)).toEqual({
      Ready: 'False NoServiceInCluster one: NoServiceInCluster',
      Conflict: `True HostClaimed ${told}`,
    });
  });
});

describe('entries', () => {
  it('sorted by cluster, addresses by ip then hostname, each once', () => {
    const loadBalancer = [
      { ip: '192.0.2.2' },
      { hostname: 'b.example' },
      { ip: '192.0.2.1' },
      { ip: '192.0.2.2' },
      { hostname: 'a.example' },
    ];
    const clusters = [at('two', 'absent'), at('one', { loadBalancer, hasEndpoint: true })];
    expect(foldRecord(service(), clusters).dns).toEqual([
      {
        cluster: 'one',
        loadBalancer: {
          ingress: [
            { hostname: 'a.example' },
            { hostname: 'b.example' },
            { ip: '192.0.2.1' },
            { ip: '192.0.2.2' },
          ],
        },
        region: 'us',
        zones: ['us1'],
      },
      { cluster: 'two', loadBalancer: {}, region: 'us', zones: ['us1'] },
    ]);
  });

  it('allowServiceWithoutEndpoints asks for none', () => {
    const record = service({ allowServiceWithoutEndpoints: true });
    expect(said([at('one', copy(false, '192.0.2.1'))], record)['Ready']).toMatch(/^True Published/);
  });

  it('unknown is not absent: what was seen last stays, its place too, and is marked', () => {
    const entry = {
      cluster: 'one',
      loadBalancer: { ingress: [{ ip: '192.0.2.1' }] },
      region: 'us',
      zones: ['us1'],
    };
    const record = service({}, { dns: [entry] });
    const clusters = [at('one', 'not ready', NOWHERE)];
    expect(foldRecord(record, clusters).dns).toEqual([entry]);
    expect(said(clusters, record)).toMatchObject({
      Ready: 'True Published: addresses of one',
      ClustersSeen: 'False ClusterNotReady: as seen last: one: ClusterNotReady',
    });
    const unread = { ...at('one', 'not read', NOWHERE), problem: 'server says 403' };
    expect(said([unread], record)['ClustersSeen']).toBe(
      'False ClusterNotRead: as seen last: one: ClusterNotRead: server says 403',
    );
    // Seen to be absent it goes; nobody's any more, too.
    expect(foldRecord(record, [at('one', 'absent')]).dns[0]?.loadBalancer).toEqual({});
    expect(foldRecord(record, []).dns).toEqual([]);
  });

  it('what is no address and no host name is left out', () => {
    const loadBalancer = [{ hostname: 'not a name' }, { ip: '192.0.2.1' }];
    const { dns } = foldRecord(service(), [at('one', { loadBalancer, hasEndpoint: true })]);
    expect(dns[0]?.loadBalancer).toEqual({ ingress: [{ ip: '192.0.2.1' }] });
  });

  it('of an Ingress: no place, no question for endpoints', () => {
    const record = readIngressDnsRecord({ metadata: {}, spec: { hosts: ['a.example'] } });
    const folded = foldRecord(record, [at('one', copy(false, '192.0.2.1'))]);
    expect(folded.dns).toEqual([
      { cluster: 'one', loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
    ]);
    expect(folded.conditions.map(({ type }) => type)).toEqual([
      'Ready',
      'ClustersSeen',
      'Conflict',
    ]);
    expect(said([at('one', 'absent')], record)['Ready']).toMatch(/NoIngressInCluster/);
  });
});
