/** Readiness by probes: thresholds that damp, and the words of each sample. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type ClusterHealth,
  conditionsOf,
  nextHealth,
  type ProbeSample,
  sampleOf,
} from '../../src/federation/cluster-condition.ts';

const ready: ProbeSample = { kind: 'ready' };
const offline: ProbeSample = { kind: 'offline', message: 'refused' };
const letters: Readonly<Record<string, ProbeSample>> = { r: ready, o: offline };

/** `r` ready, `o` offline, each a probe; what is published after each. */
function run(samples: string, thresholds = { failure: 3, success: 2 }): string {
  let health: ClusterHealth | undefined;
  return [...samples]
    .map((letter) => {
      health = nextHealth(health, letters[letter] ?? ready, thresholds);
      return health.sample.kind === 'ready' ? 'r' : 'o';
    })
    .join('');
}

it.each([
  ['r', 'r', 'the first counts at once'],
  ['o', 'o', 'whatever it is'],
  ['rooo', 'rrro', 'three failures in a row'],
  ['rrrrrrooo', 'rrrrrrrro', 'also after a long good time (KubeFed’s issue 1496)'],
  ['roorooroo', 'rrrrrrrrr', 'a good one between them, and they count anew'],
  ['orr', 'oor', 'two successes in a row'],
  ['ororor', 'oooooo', 'a flapping one stays as it was'],
])('%s is published as %s: %s', (samples, want) => {
  expect(run(samples)).toBe(want);
});

it('what is published turns only after a whole run of the opposite', () => {
  const thresholds = { failure: 4, success: 3 };
  fc.assert(
    fc.property(fc.array(fc.constantFrom('r', 'o'), { minLength: 1, maxLength: 60 }), (given) => {
      const samples = given.join('');
      const published = run(samples, thresholds);
      for (let at = 1; at < samples.length; at++) {
        if (published[at] === published[at - 1]) continue;
        const needed = published[at] === 'r' ? thresholds.success : thresholds.failure;
        expect(samples.slice(at - needed + 1, at + 1)).toBe(String(published[at]).repeat(needed));
      }
    }),
  );
});

it.each([
  [ready, [['Ready', 'True', 'ClusterReady']]],
  [
    { kind: 'not ready', message: 'etcd' } as const,
    [
      ['Ready', 'False', 'ClusterNotReady'],
      ['Offline', 'False', 'ClusterReachable'],
    ],
  ],
  [offline, [['Offline', 'True', 'ClusterNotReachable']]],
  [
    { kind: 'malformed', message: 'no token' } as const,
    [['ConfigMalformed', 'True', 'ClusterConfigMalformed']],
  ],
])('%j in KubeFed’s words, and read back', (sample, want) => {
  const conditions = conditionsOf(sample);
  expect(conditions.map(({ type, status, reason }) => [type, status, reason])).toEqual(want);
  expect(sampleOf(conditions)?.kind).toBe(sample.kind);
});
