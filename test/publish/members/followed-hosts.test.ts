/** Which host names are looked up: each member's own share of them. */

import { expect, it } from 'vitest';
import { HostAddresses } from '../../../src/probe/host-addresses.ts';
import { HOSTS_OF_MEMBER_MAX } from '../../../src/publish/limits.ts';
import { FollowedHosts } from '../../../src/publish/members/followed-hosts.ts';

function followed() {
  const asked: string[] = [];
  const left: string[] = [];
  const refused: string[] = [];
  const room: string[] = [];
  const hosts = new FollowedHosts({
    addresses: new HostAddresses({
      lookUp: async (host) => {
        asked.push(host);
        return { addresses: [], ttlSeconds: 3600 };
      },
      onChange: () => undefined,
      onFailure: () => undefined,
    }),
    onLeft: (host) => left.push(host),
    onRefused: (cluster, host) => refused.push(`${cluster} ${host}`),
    onRoom: (keys) => room.push(...keys),
  });
  return { hosts, asked, left, refused, room };
}

it('one member with too many host names takes no room from another', () => {
  const { hosts, asked, left, refused, room } = followed();
  const many = Array.from({ length: HOSTS_OF_MEMBER_MAX }, (_, at) => {
    return { host: `h${at}.example.net.`, cluster: 'evil' };
  });
  hosts.follow('d/flood', many);
  hosts.follow('d/more', [{ host: 'more.example.net.', cluster: 'evil' }]);
  hosts.follow('d/web', [{ host: 'web.example.net.', cluster: 'good' }]);
  expect(refused).toEqual(['evil more.example.net.']);
  expect(asked).toHaveLength(HOSTS_OF_MEMBER_MAX + 1);
  expect(asked).toContain('web.example.net.');
  // One of them goes: whoever was refused is asked again.
  hosts.follow('d/flood', many.slice(1));
  expect(left).toEqual(['h0.example.net.']);
  expect(room).toEqual(['d/more']);
  hosts.follow('d/more', [{ host: 'more.example.net.', cluster: 'evil' }]);
  expect(asked).toContain('more.example.net.');
});

it('a host that two services need stays for as long as one does', () => {
  const { hosts, asked, left } = followed();
  const shared = { host: 'lb.example.net.', cluster: 'c1' };
  hosts.follow('d/a', [shared]);
  hosts.follow('d/b', [shared, { ...shared, cluster: 'c2' }]);
  expect([...hosts.servicesOf(shared.host)]).toEqual(['d/a', 'd/b']);
  hosts.follow('d/a', []);
  expect(left).toEqual([]);
  hosts.follow('d/b', [{ ...shared, cluster: 'c2' }]);
  expect(left).toEqual([]);
  hosts.follow('d/b', []);
  expect(left).toEqual([shared.host]);
  expect(asked).toEqual([shared.host]);
});
