/** Zones as a configuration names them -> apexes; networks become their reverse zones. */

import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/app/config/read-config.ts';
import { zoneSources } from '../../src/app/config/zone-sources.ts';
import { formatName, parseName } from '../../src/dns/name.ts';

function apexes(zones: string, domains: readonly string[] = []): string[] {
  const flags = new Map([['--zones', [zones]]]);
  const read = readConfig({ file: undefined, environment: {}, flags });
  return zoneSources(
    read,
    domains.map((text) => parseName(text)),
  ).map(({ apex }) => formatName(apex));
}

describe('networks', () => {
  it.each([
    ['10.0.0.0/16', ['0.10.in-addr.arpa.']],
    ['192.0.2.0/24', ['2.0.192.in-addr.arpa.']],
    ['192.0.2.9/24', ['2.0.192.in-addr.arpa.']],
    ['192.0.2.7/32', ['7.2.0.192.in-addr.arpa.']],
    ['198.51.100.0/23', ['100.51.198.in-addr.arpa.', '101.51.198.in-addr.arpa.']],
    ['192.0.2.5/31', ['4.2.0.192.in-addr.arpa.', '5.2.0.192.in-addr.arpa.']],
    ['2001:db8::/32', ['8.b.d.0.1.0.0.2.ip6.arpa.']],
    ['2001:db8::/31', ['8.b.d.0.1.0.0.2.ip6.arpa.', '9.b.d.0.1.0.0.2.ip6.arpa.']],
    ['0.0.0.0/0', ['in-addr.arpa.']],
  ])('%s', (cidr, want) => {
    expect(apexes(cidr)).toEqual(want);
  });

  it('a service network of Kubernetes is its sixteen reverse zones', () => {
    const found = apexes('10.96.0.0/12');
    expect(found.length).toBe(16);
    expect([found[0], found[15]]).toEqual(['96.10.in-addr.arpa.', '111.10.in-addr.arpa.']);
  });

  it('one zone file for several zones, and what is no network, are refused', () => {
    expect(() => apexes('10.96.0.0/12=a.zone')).toThrow('16 reverse zones');
    expect(() => apexes('10.0.0.0/33')).toThrow('"10.0.0.0/33" is no network');
  });
});

it('a domain gets a zone of its own unless one lies above it', () => {
  expect(apexes('example.com', ['a.example.com'])).toEqual(['example.com.']);
  expect(apexes('b.example.com', ['a.example.com'])).toEqual(['b.example.com.', 'a.example.com.']);
});

it('a zone that is there twice is refused, however it is written', () => {
  expect(() => apexes('example.com,EXAMPLE.com.')).toThrow('example.com. is there twice');
  expect(() => apexes('192.0.2.0/24,2.0.192.in-addr.arpa')).toThrow('is there twice');
});
