/** How an owner asks for a probe: what is taken, what is told, and what others may have stored. */

import { describe, expect, it } from 'vitest';
import { readWishes, type ShardWishes } from '../../src/discovery/health/shard-wishes.ts';
import { formatShard, parseShard } from '../../src/discovery/health/stored-shard.ts';

const read = (given: Record<string, string>) => readWishes(new Map(Object.entries(given)));

const GOOD: readonly (readonly [Record<string, string>, ShardWishes])[] = [
  [{ probe: 'none' }, { probe: 'none' }],
  [{ probe: '8080' }, { probe: 8080 }],
  [{ probe: 'http:80/' }, { probe: { scheme: 'http', port: 80, path: '/' } }],
  [{ probe: 'http:80' }, { probe: { scheme: 'http', port: 80, path: '/' } }],
  [
    { probe: 'https:8443/ready?full=1', 'probe-status': '204', 'probe-tls-name': 'a.example' },
    {
      probe: { scheme: 'https', port: 8443, path: '/ready?full=1' },
      probeStatuses: [204, 204],
      probeTlsName: 'a.example',
    },
  ],
  [
    // The order is the API server's: ours must not matter.
    { 'probe-host': '[2001:db8::1]:8080', 'probe-status': '200 - 299', probe: 'http:80/x' },
    {
      probe: { scheme: 'http', port: 80, path: '/x' },
      probeStatuses: [200, 299],
      probeHost: '[2001:db8::1]:8080',
    },
  ],
];

it.each(GOOD)('%j is taken, and rests in the store as it is', (given, wishes) => {
  expect(read(given)).toEqual({ wishes, problems: [] });
  const report = { targets: [], hasEndpoint: true, wishes };
  const text = formatShard({ report, wasOut: undefined, hasAnswered: false });
  expect(parseShard(text)?.report.wishes).toEqual(wishes);
});

const HTTP = { probe: 'http:80/' };
const HTTPS = { probe: 'https:443/' };

describe('told, with its value, and read as not said', () => {
  it.each<[Record<string, string>, string, Record<string, string>]>([
    [{}, 'probe', { probe: '0' }],
    [{}, 'probe', { probe: '70000' }],
    [{}, 'probe', { probe: '80/ready' }],
    [{}, 'probe', { probe: 'http:/ready' }],
    [{}, 'probe', { probe: 'http://a.example/' }],
    [{}, 'probe', { probe: 'ftp:21/' }],
    [{}, 'probe', { probe: 'http:80/a b' }],
    [{}, 'probe', { probe: 'http:80/a#b' }],
    [{}, 'probe', { probe: 'http:80/a\r\nhost: b' }],
    [{}, 'probe', { probe: `http:80/${'a'.repeat(600)}` }],
    [HTTP, 'probe-status', { 'probe-status': '99' }],
    [HTTP, 'probe-status', { 'probe-status': '100-200' }],
    [HTTP, 'probe-status', { 'probe-status': '300-200' }],
    [HTTP, 'probe-status', { 'probe-status': '200,204' }],
    [HTTP, 'probe-host', { 'probe-host': 'a b' }],
    [HTTP, 'probe-host', { 'probe-host': 'a\r\nx: y' }],
    [HTTP, 'probe-host', { 'probe-host': 'a'.repeat(300) }],
    [HTTPS, 'probe-tls-name', { 'probe-tls-name': '' }],
    [HTTPS, 'probe-tls-name', { 'probe-tls-name': 'a..b' }],
    // Nothing asks in this way.
    [{}, 'probe-status', { 'probe-status': '200' }],
    [{ probe: '80' }, 'probe-host', { 'probe-host': 'a.example' }],
    [HTTP, 'probe-tls-name', { 'probe-tls-name': 'a.example' }],
  ])('with %j, %s of %j', (rest, name, bad) => {
    const { wishes, problems } = read({ ...rest, ...bad });
    expect(wishes).toEqual(read(rest).wishes);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`annotation fedns.io/${name}: "`);
    expect(problems[0]).toContain((bad[name] ?? '').slice(0, 40));
    expect(problems[0]?.length).toBeLessThan(250);
  });
});

it('what another has stored is held to the same bounds', () => {
  const stored = (wishes: object) =>
    parseShard(JSON.stringify({ report: { targets: [], hasEndpoint: true, wishes } }))?.report
      .wishes;
  const probe = { scheme: 'http', port: 80, path: '/' };
  expect(stored({ probe, probeHost: 'a.example', weight: 2 })).toEqual({
    probe,
    probeHost: 'a.example',
    weight: 2,
  });
  for (const lie of [
    { probe: { ...probe, path: '/ HTTP/1.1\r\nx: y' } },
    { probe: { ...probe, path: `/${'a'.repeat(10_000)}` } },
    { probe: { ...probe, port: 0 } },
    { probe: { ...probe, scheme: 'file' } },
    { probeHost: 'a\r\nb' },
    { probeTlsName: 'a b' },
    { probeStatuses: [0, 999] },
    { probeStatuses: [200] },
  ]) {
    expect(stored({ ...lie, weight: 2 })).toEqual({ weight: 2 });
  }
});
