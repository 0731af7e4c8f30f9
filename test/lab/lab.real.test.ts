/**
 * The lab proves itself: real components start, keep data, stop, and die with the test; the fault
 * proxy does what it says.
 */
import { createConnection, createServer, type Socket } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { startBind } from './bind.ts';
import { startCoredns } from './coredns.ts';
import { dig } from './dig.ts';
import type { DnsServer, ZoneText } from './dns-server.ts';
import { startEtcd, whenEtcdReady } from './etcd.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { freePort } from './free-port.ts';
import { startKnot } from './knot.ts';
import { startNsd } from './nsd.ts';
import { waitUntil } from './process.ts';

const zone: ZoneText = {
  apex: 'lab.example',
  text: [
    '$ORIGIN lab.example.',
    '$TTL 300',
    '@ SOA ns hostmaster 1 3600 900 604800 30',
    '@ NS ns',
    'ns A 192.0.2.1',
    'www A 192.0.2.2',
    '',
  ].join('\n'),
};

describe('DNS servers', () => {
  const starters: [string, (zones: readonly ZoneText[]) => Promise<DnsServer>][] = [
    ['nsd', startNsd],
    ['knot', startKnot],
    ['bind', startBind],
  ];
  test.each(starters)('%s answers dig, survives a pause, stops', async (_name, start) => {
    const server = await start([zone]);
    expect(await dig(server, 'www.lab.example', '+short')).toBe('192.0.2.2\n');
    server.pause();
    await expect(dig(server, 'www.lab.example', '+time=1', '+tries=1')).rejects.toThrow('dig exit');
    server.resume();
    expect(await dig(server, 'www.lab.example', '+short', '+tcp')).toBe('192.0.2.2\n');
    await server.stop();
    expect(server.alive()).toBe(false);
  });
});

describe.concurrent('etcd', () => {
  const kinds = (['3.4', '3.7'] as const).flatMap((version) => [
    { version },
    { version, tls: true },
    { version, rootPassword: 'secret' },
  ]);
  test.each(kinds)('%o keeps its data over kill -9', { timeout: 60_000 }, async (options) => {
    const first = await startEtcd(options);
    await first.ctl(['put', '/a', '1']);
    await first.kill9();
    const second = await first.again();
    expect(await second.ctl(['get', '/a'])).toBe('/a\n1\n');
    await second.stop();
  });

  test('three members outlive one', { timeout: 60_000 }, async () => {
    const names = ['m1', 'm2', 'm3'];
    const ports = await Promise.all(names.map(() => freePort()));
    const members = names.map((name, i) => `${name}=http://127.0.0.1:${ports[i]}`).join(',');
    const cluster = await Promise.all(
      names.map((name, i) =>
        startEtcd({ version: '3.7', peerPort: ports[i] ?? 0, cluster: { name, members } }),
      ),
    );
    await Promise.all(cluster.map(whenEtcdReady));
    const [first, second, third] = cluster;
    await first?.ctl(['put', '/a', '1']);
    await first?.kill9();
    await waitUntil(
      'a new leader',
      async () => (await second?.ctl(['put', '/a', '2'])) === 'OK\n',
      15_000,
    );
    expect(await third?.ctl(['get', '/a', '--print-value-only'])).toBe('2\n');
    await Promise.all([second?.stop(), third?.stop()]);
  });

  test('feeds CoreDNS', { timeout: 60_000 }, async () => {
    const etcd = await startEtcd({ version: '3.7' });
    await etcd.ctl(['put', '/skydns/example/lab/www/x1', '{"host":"192.0.2.7","ttl":60}']);
    const plugin = `etcd {\n path /skydns\n endpoint ${etcd.endpoint}\n }`;
    const server = await startCoredns({
      corefile: `lab.example:PORT {\n bind 127.0.0.1\n ${plugin}\n}\n`,
    });
    expect(await dig(server, 'www.lab.example', '+short')).toBe('192.0.2.7\n');
    await server.stop();
    await etcd.stop();
  });
});

describe('fault proxy', () => {
  const opened: { close(): unknown }[] = [];
  afterAll(() => {
    for (const each of opened) each.close();
  });

  async function echo(): Promise<FaultProxy> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    opened.push(server);
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: address.port } });
    opened.push({ close: () => proxy.stop() });
    return proxy;
  }

  /** What comes back for `text`: bytes until the end, the reset, or the time limit. */
  function exchange(proxy: FaultProxy, text: string, limitMs = 400): Promise<[string, string]> {
    return new Promise((resolve) => {
      let got = '';
      const socket: Socket = createConnection({ host: proxy.host, port: proxy.port });
      const end = (how: string) => {
        clearTimeout(timer);
        socket.destroy();
        resolve([got, how]);
      };
      const timer = setTimeout(() => end('open'), limitMs);
      socket.setEncoding('latin1').on('data', (data: string) => {
        got += data;
      });
      socket.on('error', () => end('reset'));
      socket.on('end', () => end('end'));
      socket.on('connect', () => socket.write(text));
    });
  }

  test('passes, cuts at a byte, goes black and back, injects', async () => {
    const proxy = await echo();
    expect(await exchange(proxy, 'hello')).toEqual(['hello', 'open']);
    proxy.set({ cutAfter: { direction: 'toClient', bytes: 3 } });
    const [got, how] = await exchange(proxy, 'hello');
    // A reset may overtake bytes the client has not read yet.
    expect('hel'.startsWith(got)).toBe(true);
    expect(how).toBe('reset');
    expect(await exchange(proxy, 'again')).toEqual(['again', 'open']);
    proxy.set({ blackhole: true });
    expect(await exchange(proxy, 'hello')).toEqual(['', 'open']);
    proxy.cutAll();
    proxy.set({ garbage: { direction: 'toClient', after: 2, bytes: Buffer.from('##') } });
    expect(await exchange(proxy, 'hello')).toEqual(['he##llo', 'open']);
    proxy.set({ refuse: true });
    expect(await exchange(proxy, 'hello')).toEqual(['', 'reset']);
    expect(proxy.counts.cuts).toBeGreaterThanOrEqual(1);
  });

  test('delays and narrows', async () => {
    const proxy = await echo();
    proxy.set({ delayMs: 60 });
    expect((await exchange(proxy, 'x', 80))[0]).toBe('');
    expect((await exchange(proxy, 'x', 600))[0]).toBe('x');
    proxy.set({ bytesPerSecond: 1000 });
    expect((await exchange(proxy, 'y'.repeat(300), 250))[0]).toBe('');
    expect((await exchange(proxy, 'y'.repeat(300), 1500))[0]).toHaveLength(300);
  });
});
