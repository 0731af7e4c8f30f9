/**
 * How replicas are spread: KubeFed's documented cases and those that its algorithm (specs of
 * KubeFed 0.10, Plan) gives by hand, a row each.
 */

import { describe, expect, it } from 'vitest';
import { planReplicas } from '../../../src/federation/replicas/replica-planner.ts';
import { fnv1, inSpreadOrder } from '../../../src/federation/replicas/spread-order.ts';
import { clusters, inWords, preferences } from './plan-words.ts';

interface Row {
  readonly what: string;
  readonly total: number;
  readonly wish: string;
  readonly given: string;
  readonly plan: string;
  readonly overflow?: string;
  readonly rebalance?: boolean;
}

function check(key: string, rows: readonly Row[]): void {
  it.each(rows)('$what: $total by $wish over $given', (row) => {
    const { total, rebalance = false } = row;
    const wish = { total, rebalance, preferences: preferences(row.wish), key };
    const { plan, overflow } = planReplicas(clusters(row.given), wish);
    expect({ plan: inWords(plan), overflow: inWords(overflow) }).toEqual({
      plan: row.plan,
      overflow: row.overflow ?? '',
    });
  });
}

/** Of this key the order among equals is B, A, D, C. */
describe("KubeFed's user guide", () => {
  check('test-ns/test-deployment', [
    { what: 'evenly', total: 9, wish: '* 1', given: 'A B C', plan: 'A=3 B=3 C=3' },
    { what: 'by weight', total: 9, wish: 'A 1, B 2', given: 'A B C', plan: 'A=3 B=6 C=0' },
    {
      what: 'by weight within limits',
      total: 9,
      wish: 'A 1 4..6, B 2 4..8',
      given: 'A B C',
      plan: 'A=4 B=5 C=0',
    },
    {
      what: 'evenly, C at most 20',
      total: 50,
      wish: '* 1, C 1 ..20',
      given: 'A B C',
      plan: 'A=17 B=17 C=16',
    },
    { what: 'B away', total: 50, wish: '* 1, C 1 ..20', given: 'A C', plan: 'A=30 C=20' },
    {
      what: 'B without capacity',
      total: 50,
      wish: '* 1, C 1 ..20',
      given: 'A B/0 C',
      plan: 'A=30 B=0 C=20',
    },
    { what: 'A and B away', total: 50, wish: '* 1, C 1 ..20', given: 'C', plan: 'C=20' },
  ]);
});

/** Of the empty key the order among equals is D, C, B, A. */
describe('weights', () => {
  check('', [
    { what: 'min > max, alone', total: 7, wish: 'A 1 7..6, B 1', given: 'A B', plan: 'A=7 B=0' },
    { what: 'min > max', total: 10, wish: 'A 1 7..6, B 1', given: 'A B', plan: 'A=6 B=4' },
    { what: 'min > max 0', total: 10, wish: 'A 0 7..6, B 1', given: 'A B', plan: 'A=6 B=4' },
    { what: 'no cluster', total: 1, wish: '* 1', given: '', plan: '' },
    { what: 'nothing wanted', total: 0, wish: '* 1 2..', given: 'A B', plan: 'A=0 B=0' },
    { what: 'no preference at all', total: 5, wish: '', given: 'A B', plan: 'A=0 B=0' },
    { what: 'alone', total: 1, wish: '* 1', given: 'A', plan: 'A=1' },
    { what: 'one of two', total: 1, wish: '* 1', given: 'A B', plan: 'A=0 B=1' },
    { what: 'one of four', total: 1, wish: '* 1', given: 'A B C D', plan: 'A=0 B=0 C=0 D=1' },
    { what: 'odd ones', total: 50, wish: '* 1', given: 'A B C', plan: 'A=16 B=17 C=17' },
    { what: 'two thirds', total: 60, wish: 'A 1, B 2', given: 'A B C', plan: 'A=20 B=40 C=0' },
    { what: 'rounded up', total: 50, wish: 'A 10000, B 1', given: 'A B C', plan: 'A=50 B=0 C=0' },
    { what: 'the heavy away', total: 50, wish: 'A 10000, B 1', given: 'B C', plan: 'B=50 C=0' },
    { what: 'own before *', total: 6, wish: '* 1, A 0', given: 'A B C', plan: 'A=0 B=3 C=3' },
    { what: 'all 0', total: 50, wish: '* 0', given: 'A B', plan: 'A=0 B=0' },
    {
      what: 'as large as the API takes them',
      total: 2147483647,
      wish: 'A 9007199254740991, B 9007199254740991',
      given: 'A B',
      plan: 'A=1073741823 B=1073741824',
    },
  ]);
});

describe('limits', () => {
  check('', [
    { what: 'just the minimum', total: 50, wish: '* 0 2..', given: 'A B C', plan: 'A=2 B=2 C=2' },
    {
      what: 'more minimum than there is',
      total: 50,
      wish: '* 0 20..',
      given: 'A B C',
      plan: 'A=10 B=20 C=20',
    },
    {
      what: 'the heavier has its minimum first',
      total: 50,
      wish: '* 0 20.., A 1 100..',
      given: 'A B C',
      plan: 'A=50 B=0 C=0',
    },
    {
      what: 'weights are of what minimums leave',
      total: 20,
      wish: 'A 1 10.., B 4',
      given: 'A B',
      plan: 'A=12 B=8',
    },
    { what: 'at most', total: 50, wish: '* 1 ..2', given: 'A B C', plan: 'A=2 B=2 C=2' },
    { what: 'at most, by no weight', total: 50, wish: '* 0 ..2', given: 'A B', plan: 'A=0 B=0' },
    { what: 'between', total: 50, wish: '* 1 10..12', given: 'A B C', plan: 'A=12 B=12 C=12' },
    {
      what: 'what one cannot take the others do',
      total: 50,
      wish: 'A 10000 ..10, B 1, C 1',
      given: 'A B C',
      plan: 'A=10 B=20 C=20',
    },
    {
      what: 'nor another',
      total: 50,
      wish: 'A 10000 ..10, B 1, C 1 ..10',
      given: 'A B C',
      plan: 'A=10 B=30 C=10',
    },
    {
      what: 'three of five are full',
      total: 91,
      wish: 'A 10000 ..10, B 1, C 1 ..21, D 1 ..10, E 1',
      given: 'A B C D E',
      plan: 'A=10 B=25 C=21 D=10 E=25',
    },
  ]);
});

describe('what runs stays', () => {
  check('', [
    {
      what: 'more than its share',
      total: 50,
      wish: '* 1',
      given: 'A B C=30',
      plan: 'A=10 B=10 C=30',
    },
    { what: 'less than its share', total: 50, wish: '* 1', given: 'A=10 B', plan: 'A=25 B=25' },
    { what: 'both less', total: 50, wish: '* 1', given: 'A=10 B=20', plan: 'A=25 B=25' },
    { what: 'just so', total: 15, wish: '* 1', given: 'A=7 B=8', plan: 'A=7 B=8' },
    { what: 'one begins', total: 15, wish: '* 1', given: 'A=1 B=8', plan: 'A=7 B=8' },
    {
      what: 'very many',
      total: 500000,
      wish: '* 1',
      given: 'A=300000 B',
      plan: 'A=300000 B=200000',
    },
    {
      what: 'one more of very many',
      total: 2147483647,
      wish: '* 1',
      given: 'A=2147483646',
      plan: 'A=2147483647',
    },
    {
      what: 'fewer wanted: the first keeps',
      total: 50,
      wish: '* 1',
      given: 'A=10 B=70',
      plan: 'A=0 B=50',
    },
    { what: 'far fewer', total: 1, wish: '* 1', given: 'A=30 B', plan: 'A=1 B=0' },
    { what: 'not above the maximum', total: 10, wish: '* 1 ..4', given: 'A=9 B', plan: 'A=4 B=4' },
    { what: 'not above capacity', total: 10, wish: '* 1', given: 'A=9/4 B', plan: 'A=4 B=6' },
    { what: 'also by no weight', total: 10, wish: 'A 0, B 1', given: 'A=4 B', plan: 'A=4 B=6' },
    { what: 'not where nothing is said', total: 10, wish: 'B 1', given: 'A=4 B', plan: 'A=0 B=10' },
    {
      what: 'unless it may move',
      total: 50,
      wish: '* 1',
      given: 'A B C=30',
      plan: 'A=16 B=17 C=17',
      rebalance: true,
    },
  ]);
});

describe('capacity and overflow', () => {
  check('', [
    {
      what: 'others take over, the rest probes',
      total: 50,
      wish: '* 1',
      given: 'A B C/10',
      plan: 'A=20 B=20 C=10',
      overflow: 'C=7',
      rebalance: true,
    },
    {
      what: 'no other can',
      total: 50,
      wish: 'A 10000, B 1',
      given: 'B/10 C',
      plan: 'B=10 C=0',
      overflow: 'B=40',
      rebalance: true,
    },
    {
      what: 'the heavier is full',
      total: 60,
      wish: 'A 1, B 2',
      given: 'A B/10 C',
      plan: 'A=50 B=10 C=0',
      overflow: 'B=30',
      rebalance: true,
    },
    {
      what: 'beyond the maximum nothing probes',
      total: 71,
      wish: 'A 10000 ..10, B 1, C 1 ..21, D 1 ..10',
      given: 'A B C/10 D',
      plan: 'A=10 B=41 C=10 D=10',
      overflow: 'C=11',
      rebalance: true,
    },
    {
      what: 'minimum above capacity',
      total: 60,
      wish: '* 1 20..',
      given: 'A B/10',
      plan: 'A=50 B=10',
      overflow: 'B=15',
      rebalance: true,
    },
    {
      what: 'both full, not to be moved',
      total: 60,
      wish: 'A 1, B 1',
      given: 'A/10 B/10 C',
      plan: 'A=10 B=10 C=0',
      overflow: 'A=20 B=20',
    },
    {
      what: 'all found a place, not to be moved: nothing probes',
      total: 60,
      wish: 'A 1, B 5',
      given: 'A B/10 C',
      plan: 'A=50 B=10 C=0',
    },
    {
      what: 'by no weight, nothing probes',
      total: 50,
      wish: '* 0 20..',
      given: 'A B/10 C',
      plan: 'A=20 B=10 C=20',
    },
    {
      what: 'less than none, while a workload shrinks',
      total: 6,
      wish: '* 1 1..',
      given: 'A B/-2',
      plan: 'A=6 B=0',
      overflow: 'B=3',
      rebalance: true,
    },
  ]);
});

describe('the order among equals', () => {
  it.each([
    ['', 0x811c9dc5],
    ['a', 0x050c5d7e],
    ['foobar', 0x31f0b262],
  ])('FNV-1 of %j', (text, want) => {
    expect(fnv1(text)).toBe(want);
  });

  it('FNV-1 is of octets, not of characters', () => {
    const octets = [0xc3, 0xa9].reduce(
      (hash, octet) => (Math.imul(hash, 0x01000193) ^ octet) >>> 0,
      0x811c9dc5,
    );
    expect(fnv1('é')).toBe(octets);
  });

  it.each([
    ['', 'D C B A'],
    ['test-ns/test-deployment', 'B A D C'],
    ['default/test-deployment', 'A B D C'],
  ])('of %j: %s', (key, want) => {
    const equals = ['A', 'B', 'C', 'D'].map((name) => ({ name, weight: 1 }));
    const order = inSpreadOrder(equals, key).map(({ name }) => name);
    expect(order.join(' ')).toBe(want);
  });
});
