/** Host names of records: followed as long as one needs them, told to each that does. */

import { expect, it, vi } from 'vitest';
import { RecordHosts } from '../../src/controllers/records/dns-endpoints/record-hosts.ts';
import { RECORD_HOSTS_MAX } from '../../src/controllers/records/limits.ts';

function followed(answers: Map<string, string[]>) {
  const told: string[] = [];
  const hosts = new RecordHosts({
    onRecord: (key) => told.push(key),
    onFailure: () => {},
    lookUp: async (host) => {
      const addresses = answers.get(host);
      if (addresses === undefined) throw new Error('no answer');
      return { addresses, ttlSeconds: 60 };
    },
  });
  return { hosts, told };
}

it('each record that needs a name is told of its first answer, good or not', async () => {
  const { hosts, told } = followed(new Map([['a.example', ['192.0.2.1']]]));
  hosts.follow('service/shop/one', new Set(['a.example']));
  hosts.follow('service/shop/two', new Set(['a.example', 'b.example']));
  expect(hosts.isAwaited('a.example')).toBe(true);
  await vi.waitFor(() => expect(told.length).toBe(3));
  expect(told.sort()).toEqual(['service/shop/one', 'service/shop/two', 'service/shop/two']);
  expect(hosts.get('a.example')).toEqual(['192.0.2.1']);
  expect(hosts.get('b.example')).toBeUndefined();
  expect(hosts.isAwaited('b.example')).toBe(false);
  hosts.stop();
});

it('a name is forgotten with the last record that needs it', async () => {
  const { hosts, told } = followed(new Map([['a.example', ['192.0.2.1']]]));
  hosts.follow('x', new Set(['a.example']));
  hosts.follow('y', new Set(['a.example']));
  await vi.waitFor(() => expect(told.length).toBe(2));
  hosts.follow('x', new Set());
  expect(hosts.get('a.example')).toEqual(['192.0.2.1']);
  hosts.follow('y', new Set());
  expect(hosts.get('a.example')).toBeUndefined();
  hosts.stop();
});

it('of too many names of one record only the first are looked up, and none is waited for', () => {
  const { hosts } = followed(new Map());
  const names = Array.from({ length: RECORD_HOSTS_MAX + 1 }, (_, at) => `h${at + 100}.example`);
  hosts.follow('x', new Set(names));
  expect(names.filter((name) => hosts.isAwaited(name))).toHaveLength(RECORD_HOSTS_MAX);
  hosts.stop();
});
