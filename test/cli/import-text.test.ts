/** What others keep in `/skydns`, imported: names and what they answer, no leaf, legal DNS. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { readImport } from '../../src/cli/records/import-text.ts';
import { formatName, parseName } from '../../src/dns/name.ts';
import { legalContent } from '../../src/dns/rrset-change.ts';
import { linesOf } from '../store/skydns/view-text.ts';

const UP = 'nginx.default.federation.svc';
/** Federation v1: one key per rdata, its hash unpadded, the fallback a name with its dot. */
const FEDERATION_V1: readonly (readonly [string, object])[] = [
  ['svc/federation/default/nginx/6bd7bd20', { host: '192.0.2.58', ttl: 180, group: `${UP}.` }],
  ['svc/federation/default/nginx/7bd7bd2', { host: '192.0.2.59', ttl: 180, group: `${UP}.` }],
  [
    'yangpu/svc/federation/default/nginx/1f1a2b3c',
    { host: `${UP}.example.com.`, ttl: 180, group: 'x' },
  ],
];
const WANTED = [
  `${UP}.example.com. 180 A 192.0.2.58`,
  `${UP}.example.com. 180 A 192.0.2.59`,
  `${UP}.yangpu.example.com. 180 CNAME ${UP}.example.com.`,
];
const KEYS = FEDERATION_V1.map(([path, value]) => [
  `/skydns/com/example/${path}`,
  JSON.stringify(value),
]);

async function imported(format: string, path: string, text = ''): Promise<string[]> {
  const owners = await readImport({
    format,
    path,
    origin: parseName('.'),
    prefix: '/skydns/',
    apexes: [parseName('example.com')],
    readText: () => text,
  });
  return [...owners]
    .flatMap(([owner, rrsets]) => linesOf(formatName(owner), legalContent(owner, rrsets)))
    .sort();
}

it('a dump of Federation v1', async () => {
  expect(await imported('skydns', 'dump', KEYS.flat().join('\n'))).toEqual(WANTED);
});

it('Federation v1 from the v2 API, folders in folders', async () => {
  const nodes = KEYS.map(([key, value]) => ({ key, value }));
  const tree = {
    action: 'get',
    node: { key: '/skydns', dir: true, nodes: [{ dir: true, nodes }] },
  };
  const server = createServer((_request, response) => response.end(JSON.stringify(tree)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    expect(await imported('etcd-v2', `http://127.0.0.1:${port}`)).toEqual(WANTED);
  } finally {
    server.close();
  }
});

it('services keep their ports and the names they lead to, text its name', async () => {
  const dump = [
    '/skydns/com/example/db/x1\n{"host":"192.0.2.1","port":5432,"priority":20}',
    '/skydns/com/example/note\n{"text":"hello"}',
  ].join('\n');
  expect(await imported('skydns', 'dump', dump)).toEqual([
    'db.example.com. 300 A 192.0.2.1',
    'db.example.com. 300 SRV 20 100 5432 x1.db.example.com.',
    'note.example.com. 300 TXT "hello"',
    'x1.db.example.com. 300 A 192.0.2.1',
    'x1.db.example.com. 300 SRV 20 100 5432 x1.db.example.com.',
  ]);
});

it.each([
  ['nowhere', 'etcd-v2', 'nonsense', '', /^nonsense: not a URL$/],
  [
    'nobody there',
    'etcd-v2',
    'http://127.0.0.1:9',
    '',
    /^http:\/\/127\.0\.0\.1:9\/v2\/.*: bad port/,
  ],
  ['no value', 'skydns', 'dump', '/skydns/com/example/a\nnonsense', /^dump: .*not-json$/],
])('%s: one line that says why', async (_what, format, path, text, want) => {
  await expect(imported(format, path, text)).rejects.toThrow(want);
});
