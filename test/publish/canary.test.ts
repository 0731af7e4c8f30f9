/** The canary: how long its way took, and the alarm when it does not come through. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { Canary } from '../../src/publish/canary.ts';
import { CANARY_FIRST_MS, CANARY_LATE_MS } from '../../src/publish/limits.ts';
import { Propagation } from '../../src/publish/propagation.ts';
import { Alarms } from '../../src/runtime/alarms.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { RecordStore } from '../../src/store/record-store.ts';

const DOMAIN = parseName('example.com.');
const KEY = '/skydns/com/example/_fedns-canary';
const PERIOD_MS = 30_000;

let store: MemoryStore;
let alarms: Alarms;
let propagation: Propagation;
let isServed: boolean;
let canary: Canary;

async function stored(): Promise<string | undefined> {
  const { values } = await store.read([{ from: KEY, to: `${KEY}\0` }]);
  return values.get(KEY)?.value;
}

beforeEach(() => {
  vi.useFakeTimers();
  store = new MemoryStore();
  alarms = new Alarms(createLogger('error'));
  propagation = new Propagation();
  isServed = true;
  canary = new Canary({
    domain: DOMAIN,
    prefix: '/skydns',
    writer: 'fedns',
    periodMs: PERIOD_MS,
    ask: async (name) => {
      expect(name).toBe(parseName('_fedns-canary.example.com.'));
      const { text } = JSON.parse((await stored()) ?? '{}') as { text?: string };
      return isServed ? text : 'of yesterday';
    },
    propagation,
    alarms,
  });
  canary.start({ store, fence: undefined });
});
afterEach(async () => {
  await canary.stop();
  vi.useRealTimers();
});

it('each round is another text, and its time is counted', async () => {
  await vi.advanceTimersByTimeAsync(CANARY_FIRST_MS + 10);
  const first = await stored();
  await vi.advanceTimersByTimeAsync(PERIOD_MS);
  expect(await stored()).not.toBe(first);
  expect(propagation.times('endToEnd')?.count).toBe(2);
});

it('not served in time: an alarm, until it is', async () => {
  isServed = false;
  await vi.advanceTimersByTimeAsync(CANARY_FIRST_MS + CANARY_LATE_MS + 100);
  expect(alarms.active).toEqual(['answers-behind']);
  isServed = true;
  await vi.advanceTimersByTimeAsync(PERIOD_MS + 100);
  expect(alarms.active).toEqual([]);
});

it('of answers that nobody asks for any more there is no alarm', async () => {
  isServed = false;
  await vi.advanceTimersByTimeAsync(CANARY_FIRST_MS + CANARY_LATE_MS + 100);
  expect(alarms.active).toEqual(['answers-behind']);
  await canary.stop();
  expect(alarms.active).toEqual([]);
});

it('is ended at once, also while the store is silent', async () => {
  const silent: RecordStore['commit'] = (_, signal) =>
    new Promise((_resolve, reject) => signal?.addEventListener('abort', reject));
  store.commit = silent;
  await vi.advanceTimersByTimeAsync(CANARY_FIRST_MS + 10);
  await canary.stop();
});

it('is ended at once, also while it is asked for', async () => {
  isServed = false;
  await vi.advanceTimersByTimeAsync(CANARY_FIRST_MS + 10);
  const ended = canary.stop();
  await vi.advanceTimersByTimeAsync(1);
  await ended;
});

it('is an entry of another owner than our records', async () => {
  await vi.advanceTimersByTimeAsync(CANARY_FIRST_MS + 10);
  const { text, owner } = JSON.parse((await stored()) ?? '{}') as { text: string; owner: string };
  expect(text).toMatch(/^\d+$/);
  expect(owner).not.toBe('fedns');
});

it('another leads meanwhile: it writes nothing', async () => {
  await canary.stop();
  const before = await stored();
  canary.start({ store, fence: { key: '/fedns/fence/fedns', createRevision: 77 } });
  await vi.advanceTimersByTimeAsync(CANARY_FIRST_MS + 10);
  expect(await stored()).toBe(before);
});
