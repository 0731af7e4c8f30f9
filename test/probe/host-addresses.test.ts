/** Host names: by their own TTL, last good kept, one failing name touches no other. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { HostAddresses, type LookUpHost } from '../../src/probe/host-addresses.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function followed(lookUp: LookUpHost) {
  const changed: string[] = [];
  const failed: string[] = [];
  const hosts = new HostAddresses({
    lookUp,
    onChange: (host) => changed.push(host),
    onFailure: (host) => failed.push(host),
  });
  return { hosts, changed, failed };
}

it('looks a name up again when its TTL is over, and tells only of changes', async () => {
  const answers = [['192.0.2.1'], ['192.0.2.1'], ['192.0.2.2']];
  let asked = 0;
  const { hosts, changed } = followed(async () => ({
    addresses: answers[Math.min(asked++, 2)] ?? [],
    ttlSeconds: 30,
  }));
  hosts.follow(new Set(['lb.example']));
  await vi.advanceTimersByTimeAsync(0);
  expect(changed).toEqual(['lb.example']);
  await vi.advanceTimersByTimeAsync(30_000);
  expect([asked, changed.length]).toEqual([2, 1]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect([asked, changed.length]).toEqual([3, 2]);
  expect(hosts.get('lb.example')).toEqual(['192.0.2.2']);
  hosts.stop();
});

it('keeps the last good addresses while look-ups fail, and leaves other names alone', async () => {
  let isDown = false;
  const { hosts, failed } = followed(async (host) => {
    if (isDown && host === 'bad.example') throw new Error('no such name');
    return { addresses: ['192.0.2.1'], ttlSeconds: 10 };
  });
  hosts.follow(new Set(['bad.example', 'good.example']));
  await vi.advanceTimersByTimeAsync(0);
  isDown = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(new Set(failed)).toEqual(new Set(['bad.example']));
  expect(hosts.get('bad.example')).toEqual(['192.0.2.1']);
  expect(hosts.get('good.example')).toEqual(['192.0.2.1']);
  hosts.stop();
});

it('a name never resolved is undefined, not empty; a forgotten one is asked no more', async () => {
  let asked = 0;
  const { hosts } = followed(async () => {
    asked++;
    throw new Error('refused');
  });
  hosts.follow(new Set(['lb.example']));
  await vi.advanceTimersByTimeAsync(0);
  expect(hosts.get('lb.example')).toBeUndefined();
  hosts.follow(new Set());
  await vi.advanceTimersByTimeAsync(600_000);
  expect(asked).toBe(1);
});
