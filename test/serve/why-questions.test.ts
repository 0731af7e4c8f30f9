/** Who may ask why, how many wait, and that each is answered once. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RRClass, RRType } from '../../src/dns/codes.ts';
import { parseName } from '../../src/dns/name.ts';
import { makeTxt } from '../../src/dns/rdata/index.ts';
import { decodeMessage, encodeMessage } from '../../src/dns/wire/message.ts';
import { exemptions } from '../../src/serve/answering/exemptions.ts';
import {
  WHY_A_SECOND_MAX,
  WHY_WAIT_MS,
  WHY_WAITING_MAX,
} from '../../src/serve/answering/limits.ts';
import { isWhy, type WhyQuestion, WhyQuestions } from '../../src/serve/answering/why-questions.ts';
import { answerWhy } from '../../src/serve/why-answers.ts';

function query(name: string, type: number = RRType.TXT): Uint8Array {
  return encodeMessage({
    id: 7,
    flags: 0x0100,
    questions: [{ name: parseName(name), type, class: RRClass.IN }],
    answers: [],
    authorities: [],
    additionals: [],
    edns: undefined,
  });
}

const LOCAL = { address: Uint8Array.of(127, 0, 0, 1), protocol: 0 };
const FRIEND = { address: Uint8Array.of(192, 0, 2, 7), protocol: 0 };
const STRANGER = { address: Uint8Array.of(198, 51, 100, 1), protocol: 0 };

let asked: WhyQuestion[];
let whys: WhyQuestions;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  whys = new WhyQuestions(exemptions(['192.0.2.0/24']), (question) => asked.push(question));
});
afterEach(() => {
  vi.useRealTimers();
});

describe('questions of why', () => {
  it.each([
    ['loopback', LOCAL, '_why.a.example.', true],
    ['a network that is named', FRIEND, '_WHY.a.example.', true],
    ['a stranger', STRANGER, '_why.a.example.', false],
    ['another label', LOCAL, '_who.a.example.', false],
    ['the label further down', LOCAL, 'a._why.example.', false],
    ['the root', LOCAL, '.', false],
  ])('%s', (_, asker, name, isTaken) => {
    const octets = query(name);
    expect(isWhy(octets) && whys.take(octets, asker, () => undefined)).toBe(isTaken);
    expect(asked).toHaveLength(Number(isTaken));
  });

  it('each is answered once: by what is said, or when nobody said it in time', () => {
    const replies: unknown[] = [];
    whys.take(query('_why.a.'), LOCAL, (answer) => replies.push(answer));
    whys.take(query('_why.b.'), LOCAL, (answer) => replies.push(answer));
    const answer = Uint8Array.of(1);
    whys.answered(asked[0]?.id ?? 0, answer);
    whys.answered(asked[0]?.id ?? 0, answer);
    vi.advanceTimersByTime(WHY_WAIT_MS + 1);
    whys.answered(asked[1]?.id ?? 0, answer);
    expect(replies).toEqual([answer, undefined]);
  });

  it('so many wait, and the next is answered by the zone', () => {
    for (let at = 0; at < WHY_WAITING_MAX; at++) {
      expect(whys.take(query('_why.a.'), LOCAL, () => undefined)).toBe(true);
    }
    expect(whys.take(query('_why.a.'), LOCAL, () => undefined)).toBe(false);
    vi.advanceTimersByTime(WHY_WAIT_MS + 1);
    expect(whys.take(query('_why.a.'), LOCAL, () => undefined)).toBe(true);
  });

  it('so many a second, however quickly they are answered', () => {
    for (let at = 0; at < WHY_A_SECOND_MAX; at++) {
      expect(whys.take(query('_why.a.'), LOCAL, () => undefined)).toBe(true);
      whys.answered(asked.at(-1)?.id ?? 0, undefined);
    }
    expect(whys.take(query('_why.a.'), LOCAL, () => undefined)).toBe(false);
    vi.advanceTimersByTime(1001);
    expect(whys.take(query('_why.a.'), LOCAL, () => undefined)).toBe(true);
  });

  it('of a stream the question alone is passed on', () => {
    const stream = Buffer.alloc(60_000);
    const octets = query('_why.a.');
    stream.set(octets);
    whys.take(stream.subarray(0, octets.length), LOCAL, () => undefined);
    expect(asked[0]?.query.buffer.byteLength).toBe(octets.length);
  });
});

describe('answers to why', () => {
  const limits = { octetsMax: undefined, udpOctetsMax: 1232 };
  const whyOf = (lines: readonly string[]) => () => lines;

  it('one string a line, long ones cut; garbage and others are not ours', () => {
    const answer = answerWhy(query('_why.a.'), whyOf(['in c1', 'x'.repeat(300)]), limits);
    const { id, answers } = decodeMessage(answer ?? new Uint8Array());
    expect([id, answers[0]?.rdata.length]).toEqual([7, 6 + 256]);
    const more: readonly Uint8Array[] = [
      new Uint8Array(),
      Uint8Array.of(1, 2, 3),
      query('_why.a.', RRType.A),
      query('_why.a.').slice(0, 14),
    ];
    for (const octets of more) expect(answerWhy(octets, whyOf(['x']), limits)).toBeUndefined();
  });

  it('no version of EDNS but ours, and nothing of the question but itself comes back', () => {
    const plain = decodeMessage(query('_why.a.'));
    const edns = { udpOctets: 1232, extendedRcode: 0, version: 1, hasDo: false, options: [] };
    const odd = encodeMessage({ ...plain, edns });
    expect(answerWhy(odd, whyOf(['x']), limits)).toBeUndefined();
    const record = { name: parseName('a.'), type: 16, class: 1, ttlSeconds: 1 };
    const given = [{ ...record, rdata: makeTxt(['x']) }];
    const padded = encodeMessage({
      ...plain,
      answers: given,
      authorities: given,
      additionals: given,
    });
    const answer = decodeMessage(answerWhy(padded, whyOf(['x']), limits) ?? new Uint8Array());
    expect([answer.answers.length, answer.authorities, answer.additionals]).toEqual([1, [], []]);
  });

  it('empty lines are none, and an answer longer than a message is truncated', () => {
    expect(answerWhy(query('_why.a.'), () => undefined, limits)).toBeUndefined();
    const wide = Array.from({ length: 400 }, () => 'x'.repeat(255));
    const answer = answerWhy(query('_why.a.'), whyOf(wide), { ...limits, octetsMax: 65_535 });
    expect(answer?.length).toBeLessThanOrEqual(65_535);
    expect(answerWhy(query('_why.a.'), whyOf([]), limits)).toBeUndefined();
  });
});
