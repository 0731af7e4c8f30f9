/** From samples to verdict: hysteresis on consecutive samples, never up is never down. */

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { applySample, neverJudged } from '../../src/probe/verdict.ts';
import { type Behaviour, fakeWorld, pass, tcp } from './fake-world.ts';

const THRESHOLDS = { fall: 3, rise: 2 };

/** `g`ood and `b`ad samples, one a second. */
function judge(samples: string) {
  return [...samples].reduce(
    (judged, letter, index) =>
      applySample(
        judged,
        { isGood: letter === 'g', reason: `${letter}${index}`, atMs: index },
        THRESHOLDS,
      ),
    neverJudged(-1),
  );
}

describe('a row of samples', () => {
  it.each([
    ['', 'unknown', -1, 'not probed yet'],
    ['bbbbbbbb', 'unknown', -1, 'b7'],
    ['g', 'up', 0, 'g0'],
    ['bbbbg', 'up', 4, 'g4'],
    ['gg', 'up', 0, 'g1'],
    ['gbb', 'up', 0, 'g0'],
    ['gbbgbb', 'up', 0, 'g3'],
    ['gbbb', 'down', 3, 'b3'],
    ['gbbbb', 'down', 3, 'b4'],
    ['gbbbg', 'down', 3, 'b3'],
    ['gbbbgbg', 'down', 3, 'b5'],
    ['gbbbgg', 'up', 5, 'g5'],
    ['gbbbggbbb', 'down', 8, 'b8'],
  ])('%s is %s since %i, because %s', (samples, verdict, sinceMs, reason) => {
    expect(judge(samples)).toMatchObject({ verdict, sinceMs, reason });
  });

  it('one known to have answered before falls like any other', () => {
    const known = (samples: string) =>
      [...samples].reduce(
        (judged, letter, index) =>
          applySample(judged, { isGood: letter === 'g', reason: '', atMs: index }, THRESHOLDS),
        neverJudged(-1, true),
      );
    expect(known('bb').verdict).toBe('unknown');
    expect(known('bbb')).toMatchObject({ verdict: 'down', sinceMs: 2 });
    expect(known('bbg').verdict).toBe('up');
    expect(known('bbbgg').verdict).toBe('up');
  });

  it('remembers whether it was ever up, and when it was last asked', () => {
    expect(judge('bb')).toMatchObject({ everUp: false, lastMs: 1 });
    expect(judge('bg')).toMatchObject({ everUp: true, lastMs: 1 });
    expect(judge('gbbb')).toMatchObject({ everUp: true, lastMs: 3 });
    expect(judge('')).toMatchObject({ everUp: false, lastMs: undefined });
  });
});

/** Looks at the end of all that was sampled so far, each time anew. */
function naiveVerdict(samples: string, { fall, rise }: typeof THRESHOLDS): string {
  let verdict = 'unknown';
  for (let count = 1; count <= samples.length; count++) {
    const past = samples.slice(0, count);
    if (verdict === 'unknown' && past.endsWith('g')) verdict = 'up';
    if (verdict === 'up' && past.endsWith('b'.repeat(fall))) verdict = 'down';
    if (verdict === 'down' && past.endsWith('g'.repeat(rise))) verdict = 'up';
  }
  return verdict;
}

describe('the whole prober', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('says what the naive model says, whatever the addresses do', () => {
    const thresholds = fc.record({
      fall: fc.integer({ min: 1, max: 4 }),
      rise: fc.integer({ min: 1, max: 4 }),
    });
    const behaviour = fc.constantFrom<Behaviour>('good', 'good', 'bad', 'bad', 'silent', 'local');
    fc.assert(
      fc.property(thresholds, fc.array(behaviour, { maxLength: 30 }), (limits, behaviours) => {
        const world = fakeWorld({ ...limits, periodMs: 100, timeoutMs: 50 });
        world.prober.add(tcp('192.0.2.1'));
        world.prober.start();
        let samples = '';
        for (const [index, one] of behaviours.entries()) {
          world.behave('192.0.2.1', one);
          // Due early in each period, judged before the next.
          pass(100);
          expect(world.asked.length).toBe(index + 1);
          if (one !== 'local') samples += one === 'good' ? 'g' : 'b';
          expect(world.prober.state('tcp 192.0.2.1 80')?.verdict).toBe(
            naiveVerdict(samples, limits),
          );
        }
        void world.prober.stop();
      }),
      { numRuns: 60 },
    );
  });
});
