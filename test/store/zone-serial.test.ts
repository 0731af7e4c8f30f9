/** The zone serial: never back, never one for two contents. */
import { describe, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { isNewerSerial, serialOf, ZoneSerials } from '../../src/store/hold/zone-serial.ts';

const APEX = parseName('example.');

describe('zone serial', () => {
  test.each([
    [1, 0, true],
    [0, 0, false],
    [0, 1, false],
    [0, 4_294_967_295, true],
    [2_147_483_648, 0, false],
    [2_147_483_647, 0, true],
  ])('%i is newer than %i: %s', (candidate, than, want) => {
    expect(isNewerSerial(candidate, than)).toBe(want);
  });

  test('base, offset and revision, modulo 2^32', () => {
    expect(serialOf(2_026_112_200, 5, 7)).toBe(2_026_112_212);
    expect(serialOf(4_294_967_295, 0, 2)).toBe(1);
    expect(serialOf(0, 0, 2 ** 40 + 3)).toBe(3);
  });

  test('it follows the revision, and stands while nothing changes', () => {
    const serials = new ZoneSerials();
    const next = (revision: number, hasChanged = true) =>
      serials.next(APEX, { base: 100, revision, hasChanged }).serial;
    expect([next(5), next(9), next(9, false)]).toEqual([105, 109, 109]);
  });

  test('a restored store: never back, never the same for other content', () => {
    const serials = new ZoneSerials();
    serials.next(APEX, { base: 0, revision: 500, hasChanged: true });
    const step = serials.next(APEX, { base: 0, revision: 80, hasChanged: true });
    expect(step).toEqual({ serial: 501, offsetWanted: 421 });
    serials.applyControl([
      {
        key: '/fedns/serial/example.',
        stored: { value: '{"offset":421}', modRevision: 81, createRevision: 81 },
      },
    ]);
    const after = serials.next(APEX, { base: 0, revision: 82, hasChanged: true });
    expect(after).toEqual({ serial: 503, offsetWanted: undefined });
  });

  test('a restart goes on from what was served', () => {
    const serials = new ZoneSerials();
    serials.resumeFrom(APEX, 900);
    expect(serials.next(APEX, { base: 0, revision: 80, hasChanged: false }).serial).toBe(900);
    expect(serials.next(APEX, { base: 0, revision: 81, hasChanged: true }).serial).toBe(901);
  });
});
