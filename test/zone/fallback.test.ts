/** Law: fallbacks by rule answer as the same CNAMEs would if they were stored. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FallbackRule } from '../../src/dns/fallback-rule.ts';
import { parentName } from '../../src/dns/name.ts';
import type { ZoneImage } from '../../src/zone/image.ts';
import { makeZones } from '../../src/zone/zones.ts';
import { ask } from '../support/asking.ts';
import { applyChanges, startBuild, storedNames, withFallbackRules } from '../support/images.ts';
import { changesOf, name, rr, rrs, soaText, zone } from '../support/records.ts';

const APEX = 'example.com.';
const GLOBAL = 'fed.svc.example.com.';
const PARENTS: Readonly<Record<string, string>> = {
  'fed.svc.east.example.com.': GLOBAL,
  'fed.svc.z1.east.example.com.': 'fed.svc.east.example.com.',
  'fed.svc.z2.east.example.com.': 'fed.svc.east.example.com.',
  'fed.svc.west.example.com.': GLOBAL,
  'fed.svc.z1.west.example.com.': 'fed.svc.west.example.com.',
};
const RULES: readonly FallbackRule[] = Object.entries(PARENTS).map(([suffix, parentSuffix]) => ({
  suffix: name(suffix),
  parentSuffix: name(parentSuffix),
  labelCount: 2,
  ttlSeconds: 180,
}));
const SERVICES = ['web.default', 'db.default', 'web.other'];

/** Services that exist globally, and those of their levels that hold an address. */
const ladder = fc.record({
  services: fc.subarray(SERVICES),
  held: fc.subarray(
    SERVICES.flatMap((service) => Object.keys(PARENTS).map((at) => `${service}.${at}`)),
  ),
});

function textOf(services: readonly string[], held: readonly string[], isStored: boolean): string {
  const lines = [soaText(APEX)];
  for (const service of services) {
    lines.push(`${service}.${GLOBAL} A 192.0.2.1`);
    for (const [suffix, parent] of Object.entries(PARENTS)) {
      const owner = `${service}.${suffix}`;
      if (held.includes(owner)) lines.push(`${owner} A 192.0.2.2`);
      else if (isStored) lines.push(`${owner} CNAME ${service}.${parent}`);
    }
  }
  return lines.join('\n');
}

const show = (image: ZoneImage, question: string) => {
  const zones = makeZones([{ apex: name(APEX), image }]);
  const { rcode, flags, answer, authority } = ask(zones, question);
  return { question, rcode, flags, answer, authority };
};

const QUESTIONS = [GLOBAL, ...Object.keys(PARENTS)].flatMap((suffix) => {
  const above: string[] = [];
  for (let at = name(suffix); at !== name(APEX); at = parentName(at) ?? at) above.push(at);
  const owners = [
    '',
    'web.default.',
    'db.default.',
    'no.default.',
    'default.',
    'none.',
    'x.web.default.',
  ];
  const parents = [suffix.slice(4), suffix.slice(8)];
  return [...owners.map((labels) => labels + suffix), ...parents].flatMap((owner) =>
    ['A', 'TXT', 'CNAME', 'ANY'].map((type) => `${owner} ${type}`),
  );
});

describe('fallback rules', () => {
  test('answer as stored CNAMEs do, built at once or by changes', () => {
    fc.assert(
      fc.property(ladder, ladder, ({ services, held }, before) => {
        const stored = zone(APEX, textOf(services, held, true));
        const build = startBuild(name(APEX));
        build.setFallbackRules(RULES);
        for (const change of changesOf(rrs(textOf(services, held, false)))) build.add(change);
        const ruled = build.finish(7);

        const earlier = withFallbackRules(
          zone(APEX, textOf(before.services, before.held, false)),
          RULES,
          6,
        );
        const gone = storedNames(earlier).map((owner) => ({ owner, rrsets: undefined }));
        const changed = applyChanges(
          earlier,
          [...gone, ...changesOf(rrs(textOf(services, held, false)))],
          7,
        );
        expect(changed.nodeCount).toBe(ruled.nodeCount);

        for (const question of QUESTIONS) {
          const want = show(stored, question);
          expect(show(ruled, question)).toEqual(want);
          expect(show(changed, question)).toEqual(want);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('an explicit nothing is data of its own', () => {
    const image = withFallbackRules(zone(APEX, `web.default.${GLOBAL} A 192.0.2.1`), RULES, 7);
    const owner = name('web.default.fed.svc.east.example.com.');
    const emptied = applyChanges(image, [{ owner, rrsets: [] }], 8);
    expect(show(image, 'web.default.fed.svc.east.example.com. A').answer).toHaveLength(2);
    expect(show(emptied, 'web.default.fed.svc.east.example.com. A').answer).toEqual([]);
  });

  test('without rules nothing is left of them; those that turn in circles are left out', () => {
    const plain = zone(APEX, `web.default.${GLOBAL} A 192.0.2.1`);
    const without = withFallbackRules(withFallbackRules(plain, RULES, 7), [], 7);
    expect(without.nodeCount).toBe(plain.nodeCount);
    const circle = ['a.', 'b.'].map((label, at) => ({
      suffix: name(label + APEX),
      parentSuffix: name((at === 0 ? 'b.' : 'a.') + APEX),
      labelCount: 2,
      ttlSeconds: 180,
    }));
    const ruled = withFallbackRules(plain, circle, 7);
    expect(ruled.fallbacks.rules).toEqual([]);
    expect(show(ruled, `x.y.a.${APEX} A`).rcode).toBe('NXDOMAIN');
  });

  test('an alias that leads back down ends, each CNAME once', () => {
    const text = `web.default.${GLOBAL} CNAME web.default.fed.svc.east.example.com.`;
    const image = withFallbackRules(zone(APEX, text), RULES, 7);
    expect(show(image, 'web.default.fed.svc.east.example.com. A').answer).toHaveLength(2);
    expect(rr(text).rdatas).toHaveLength(1);
  });
});
