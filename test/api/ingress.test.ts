/** Ingresses, HTTPRoutes and Gateways as an API server sends them -> what we keep of them. */

import { describe, expect, it } from 'vitest';
import { readGateway, readHttpRoute, readIngress } from '../../src/api/ingress.ts';

const METADATA = {
  name: 'shop',
  namespace: 'd',
  creationTimestamp: '2026-01-02T03:04:05Z',
  annotations: { 'fedns.io/ttl': '30', other: 'x' },
  labels: { app: 'shop' },
};
const OWNER = {
  namespace: 'd',
  createdAt: '2026-01-02T03:04:05Z',
  labels: new Map([['app', 'shop']]),
  wishes: new Map([['ttl', '30']]),
};
const to = (name: string) => ({ path: '/', backend: { service: { name, port: { number: 80 } } } });

describe('an Ingress', () => {
  it('is hosts, Services behind them, and where it is', () => {
    const read = readIngress({
      metadata: METADATA,
      spec: {
        defaultBackend: { service: { name: 'rest' } },
        tls: [{ hosts: ['www.example.com'] }],
        rules: [
          { host: 'WWW.example.com', http: { paths: [to('web'), to('api')] } },
          { host: 'www.example.com.', http: { paths: [to('web')] } },
          {
            host: '*.example.com',
            http: { paths: [{ backend: { resource: { kind: 'Bucket' } } }] },
          },
          { http: { paths: [] } },
        ],
      },
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { hostname: 'lb.example.net' }] } },
    });
    expect(read).toEqual({
      ...OWNER,
      hosts: ['www.example.com', '*.example.com'],
      backends: ['d/rest', 'd/web', 'd/api'],
      targets: [{ ip: '192.0.2.1' }, { hostname: 'lb.example.net' }],
      gateways: [],
      tcpPort: 443,
    });
  });

  it('whatever is sent instead is read as nothing, and a flood of hosts is cut', () => {
    for (const odd of [null, 1, 'x', [], { spec: 5, status: [] }, { spec: { rules: [1, null] } }]) {
      expect(readIngress(odd)).toMatchObject({ hosts: [], backends: [], targets: [] });
      expect(readHttpRoute(odd)).toMatchObject({ hosts: [], backends: [], gateways: [] });
      expect(readGateway(odd)).toEqual({ targets: [], tcpPort: undefined });
    }
    const rules = Array.from({ length: 1000 }, (_, at) => ({ host: `h${at}.example.com` }));
    expect(readIngress({ spec: { rules } }).hosts).toHaveLength(256);
    const bad = ['a/b.example.com', 'a b', '', 'x'.repeat(300), 'a..b'];
    expect(readIngress({ spec: { rules: bad.map((host) => ({ host })) } }).hosts).toEqual([]);
  });
});

describe('an HTTPRoute', () => {
  const parent = (parentRef: object, status = 'True') => ({
    parentRef,
    conditions: [
      { type: 'Accepted', status },
      { type: 'ResolvedRefs', status: 'True' },
    ],
  });

  it('leads to the Gateways that have accepted it, and to Services', () => {
    const read = readHttpRoute({
      metadata: METADATA,
      spec: {
        hostnames: ['www.example.com'],
        parentRefs: [{ name: 'refused' }, { name: 'unheard' }],
        rules: [
          {
            backendRefs: [
              { name: 'web', port: 80 },
              { name: 'api', namespace: 'e' },
              { name: 'bucket', group: 'storage.example', kind: 'Bucket' },
            ],
          },
        ],
      },
      status: {
        parents: [
          parent({ name: 'edge' }),
          parent({ name: 'far', namespace: 'infra', kind: 'Gateway' }),
          parent({ name: 'refused' }, 'False'),
          parent({ name: 'mesh', group: '', kind: 'Service' }),
        ],
      },
    });
    expect(read).toEqual({
      ...OWNER,
      hosts: ['www.example.com'],
      backends: ['d/web', 'e/api'],
      targets: [],
      gateways: ['d/edge', 'infra/far'],
      tcpPort: undefined,
    });
  });

  it('its Gateway has the addresses', () => {
    const read = readGateway({
      spec: {
        listeners: [
          { port: 53, protocol: 'UDP' },
          { port: 8443, protocol: 'HTTPS' },
        ],
      },
      status: {
        addresses: [
          { value: '192.0.2.1' },
          { type: 'Hostname', value: 'lb.example.net' },
          { type: 'NamedAddress', value: 'pool' },
          { type: 'IPAddress', value: '' },
        ],
      },
    });
    expect(read).toEqual({
      targets: [{ ip: '192.0.2.1' }, { hostname: 'lb.example.net' }],
      tcpPort: 8443,
    });
  });
});
