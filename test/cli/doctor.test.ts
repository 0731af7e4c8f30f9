/** What a doctor makes of what a process says: the cases that a healthy machine does not show. */

import { describe, expect, it } from 'vitest';
import { worstFirst } from '../../src/cli/doctor/finding.ts';
import { judgeFederation } from '../../src/cli/doctor/judge-federation.ts';
import { judgeMembers } from '../../src/cli/doctor/judge-members.ts';
import {
  judgeAlarms,
  judgeLimits,
  judgeServedStore,
  type ProcessFacts,
} from '../../src/cli/doctor/judge-process.ts';

const STORE = {
  hasSynced: true,
  isStale: false,
  revision: 7,
  contactAgeSeconds: 1,
  lagSeconds: 0,
  held: [],
  cappedNames: 0,
  ignoredAtOurNames: 0,
  unreadable: 0,
};
const WELL: ProcessFacts = {
  alarms: [],
  descriptors: { open: 40, limit: 65_536, needed: 6144 },
  memory: { residentOctets: 1e8, limitOctets: 1e9, heapOctets: 1e7, heapLimitOctets: 1e9 },
  store: STORE,
};

describe('the process', () => {
  it('is well', () => {
    const all = [...judgeAlarms(WELL), ...judgeServedStore(WELL), ...judgeLimits(WELL)];
    expect(all.map(({ grade }) => grade)).toEqual(['well', 'well', 'well']);
  });

  it.each([
    [
      'limits',
      { descriptors: { open: 40, limit: 1024, needed: 6144 } },
      /^risk 1024 files may be open, up to 6144/,
    ],
    [
      'memory',
      { memory: { ...WELL.memory, residentOctets: 9e8 } },
      /^risk 900 of 1000 MB of memory/,
    ],
    ['heap', { memory: { ...WELL.memory, heapOctets: 9e8 } }, /^risk 900 of 1000 MB of heap/],
    ['alarm', { alarms: ['removals-held'] }, /^broken removals-held: .*meant: fedns store accept/],
    ['an alarm of another version', { alarms: ['new-one'] }, /^broken new-one: of a newer version/],
    [
      'held',
      { store: { ...STORE, held: [{ zone: 'a.', names: 30 }] } },
      /^broken 30 removals of a\. .*accept a\./,
    ],
    [
      'stale',
      { store: { ...STORE, isStale: true, contactAgeSeconds: 400 } },
      /^broken no word for 400 s/,
    ],
    ['stuck', { store: { ...STORE, lagSeconds: 60 } }, /^broken a change is on its way/],
    ['strangers', { store: { ...STORE, ignoredAtOurNames: 2 } }, /^risk 2 entries of strangers/],
    ['unreadable', { store: { ...STORE, unreadable: 3 } }, /^risk 3 values cannot be read/],
    ['capped', { store: { ...STORE, cappedNames: 1 } }, /^risk 1 names have more records/],
  ])('%s', (_what, change, want) => {
    const facts = { ...WELL, ...change };
    const all = [...judgeAlarms(facts), ...judgeServedStore(facts), ...judgeLimits(facts)];
    const [worst, ...others] = worstFirst(all);
    expect(`${worst?.grade} ${worst?.found} ${worst?.remedy}`).toMatch(want);
    expect(worst?.remedy).not.toBe('');
    expect(others.every(({ grade }) => grade === 'well')).toBe(true);
  });
});

describe('services', () => {
  const none = { count: 0, rows: [] };
  const facts = {
    ...{ services: 3, empty: none, bare: none, silent: none, leftOut: none },
    ...{ drains: [], probesInTrouble: false },
  };

  it('many of one kind are ten and a number', () => {
    const rows = Array.from({ length: 50 }, (_, at) => ({ service: `n/s${at}` }));
    const found = judgeFederation({ ...facts, empty: { count: 812, rows } });
    expect(found.length).toBe(11);
    expect(found.at(-1)?.found).toBe('and 802 more like this');
  });

  it('a drain alone is worth knowing, and not wrong', () => {
    const [first] = judgeFederation({ ...facts, drains: ['east'] });
    expect(first).toMatchObject({ grade: 'note', remedy: expect.stringMatching(/undrain east/) });
  });

  it('a silent address, a place without a copy, probes that are our own trouble', () => {
    const found = judgeFederation({
      ...facts,
      silent: { count: 1, rows: [{ service: 'n/s', cluster: 'c' }] },
      bare: { count: 1, rows: [{ service: 'n/s', place: 'region r' }] },
      probesInTrouble: true,
    });
    expect(worstFirst(found).map(({ grade, check }) => `${grade} ${check}`)).toEqual([
      'broken probes',
      'risk federation',
      'risk federation',
    ]);
  });
});

describe('a member', () => {
  const right = { group: '', verbs: ['get'], refused: [], isNeeded: true };
  const check = {
    ...{ server: 's', version: 'v1', expiresAt: undefined, renews: false, problem: undefined },
    ...{ clockSkewSeconds: 1, rights: [{ ...right, resource: 'services' }] },
  };
  const soon = new Date(Date.UTC(2030, 0, 3));
  const context = {
    ...{ nowMs: Date.UTC(2030, 0, 1), silenceSeconds: 60, isServerKnown: false },
  };
  const nodes = { ...right, resource: 'nodes', isNeeded: false, refused: ['list'] };

  it.each([
    ['well', {}, /^well c: v1/],
    ['a clock', { clockSkewSeconds: -40 }, /^risk c: its clock is 40 s behind ours/],
    ['an end', { expiresAt: soon }, /^risk c: its credentials end 2030-01-03/],
    ['ended', { expiresAt: new Date(0) }, /^broken c: its credentials ended 1970/],
    ['renewed by itself', { expiresAt: soon, renews: true }, /^well/],
    [
      'no nodes',
      { rights: [{ ...right, resource: 'services' }, nodes] },
      /^risk c: nodes may not be read/,
    ],
  ])('%s', (_what, change, want) => {
    const one = { name: 'c', isPlaced: false, check: { ...check, ...change }, seen: undefined };
    const rights =
      _what === 'no nodes' ? one.check.rights : [...one.check.rights, { ...nodes, refused: [] }];
    const judged = { ...one, check: { ...one.check, rights } };
    const [first, ...others] = judgeMembers([judged], context);
    expect(others).toEqual([]);
    expect(`${first?.grade} ${first?.found}`).toMatch(want);
  });
});
