/** Which addresses of a member may be published and probed: the own list, and what never may be. */

import { describe, expect, it } from 'vitest';
import { allowedAddresses } from '../../src/discovery/health/allowed-addresses.ts';

describe('addresses of a member without an allow list', () => {
  const { allows } = allowedAddresses([]);

  it.each([
    ['127.0.0.1', 'loopback'],
    ['::1', 'loopback'],
    ['169.254.169.254', 'metadata of most clouds'],
    ['fe80::1', 'link-local'],
    ['0.0.0.0', 'unspecified'],
    ['::', 'unspecified'],
    ['224.0.0.1', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['240.0.0.1', 'class E'],
    ['100.100.100.200', 'metadata of Alibaba'],
    ['192.0.0.192', 'metadata of Oracle'],
    ['fd00:ec2::254', 'metadata of AWS over IPv6'],
    ['fd20:ce::254', 'metadata of Google over IPv6'],
    ['::127.0.0.1', 'loopback, IPv4-compatible'],
    ['64:ff9b::7f00:1', 'loopback, through NAT64'],
    ['64:ff9b::a9fe:a9fe', 'metadata, through NAT64'],
    ['2002:7f00:1::1', 'loopback, through 6to4'],
    ['::ffff:0:127.0.0.1', 'loopback, translated'],
    ['::ffff:127.0.0.1', 'loopback, mapped'],
    ['2001:0:1:2:3:4:80ff:fffe', 'loopback, behind Teredo'],
  ])('%s (%s) is refused', (address) => {
    expect(allows(address)).toBe(false);
  });

  it.each([
    '192.0.2.1',
    '10.0.0.1',
    '100.64.0.1',
    '198.18.0.1',
    '2001:db8::1',
    'fd00::1',
    '64:ff9b::c000:201',
    '2002:c000:201::1',
    '::192.0.2.1',
  ])('%s is allowed', (address) => {
    expect(allows(address)).toBe(true);
  });
});

describe('addresses of a member with an allow list', () => {
  const { allows } = allowedAddresses(['127.1.0.0/16', '2001:db8::/32']);

  it('are those, also where none is a service otherwise, and no others', () => {
    expect(allows('127.1.0.1')).toBe(true);
    expect(allows('2001:db8::1')).toBe(true);
    expect(allows('127.2.0.1')).toBe(false);
    expect(allows('192.0.2.1')).toBe(false);
    expect(allows('2001:db9::1')).toBe(false);
  });
});
