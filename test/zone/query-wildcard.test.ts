/** Questions with `*` and `any` in subtree zones: CoreDNS's etcd plugin, names that exist first. */

import { describe, expect, it } from 'vitest';
import { makeZones } from '../../src/zone/zones.ts';
import { ask } from '../support/asking.ts';
import { applyChanges, startBuild } from '../support/images.ts';
import { changesOf, name, rrs, soaText } from '../support/records.ts';

const APEX = 'example.com.';
const TEXT = `${soaText(APEX)}
a.web.default.example.com. 60 A 192.0.2.1
b.web.default.example.com. 30 A 192.0.2.2
b.db.default.example.com. 60 A 192.0.2.3
b.db.other.example.com. 60 TXT "x"
any.known.example.com. 60 A 192.0.2.9`;

function zones(isSubtree: boolean) {
  const build = startBuild(name(APEX));
  if (isSubtree) build.allowQueryWildcards();
  for (const change of changesOf(rrs(TEXT))) build.add(change);
  // The permission must outlive a change.
  const image = applyChanges(build.finish(1), [], 2);
  return makeZones([{ apex: name(APEX), image }]);
}

describe('in a subtree zone', () => {
  it.each([
    ['*.web.default.example.com. A', 'NOERROR', ['192.0.2.1', '192.0.2.2']],
    ['any.web.default.example.com. A', 'NOERROR', ['192.0.2.1', '192.0.2.2']],
    ['ANY.Web.default.example.com. A', 'NOERROR', ['192.0.2.1', '192.0.2.2']],
    ['b.*.default.example.com. A', 'NOERROR', ['192.0.2.2', '192.0.2.3']],
    ['*.*.*.example.com. A', 'NOERROR', ['192.0.2.1', '192.0.2.2', '192.0.2.3']],
    ['b.any.other.example.com. A', 'NOERROR', []],
    ['z.any.default.example.com. A', 'NOERROR', []],
    ['*.nothing.example.com. A', 'NXDOMAIN', []],
    ['any.known.example.com. A', 'NOERROR', ['192.0.2.9']],
  ])('%s', (question, rcode, addresses) => {
    const reply = ask(zones(true), question);
    expect(reply.rcode).toBe(rcode);
    expect(reply.answer.map((line) => line.split(' ').at(-1)).sort()).toEqual(addresses);
    expect(reply.authority.length).toBe(addresses.length > 0 ? 0 : 1);
  });

  it('the union has the smallest TTL and the name that was asked', () => {
    const [line] = ask(zones(true), '*.web.default.example.com. A').answer;
    expect(line).toMatch(/^\\?\*\.web\.default\.example\.com\. 30 IN A /);
  });
});

it('elsewhere such a name is a name like any other', () => {
  expect(ask(zones(false), '*.web.default.example.com. A').rcode).toBe('NXDOMAIN');
  expect(ask(zones(false), 'any.web.default.example.com. A').rcode).toBe('NXDOMAIN');
});
