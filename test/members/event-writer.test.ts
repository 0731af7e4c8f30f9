/** Events: said once, never too many, and quiet where they are refused. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from '../../src/kubernetes/api-error.ts';
import { EventWriter, type ObjectEvent } from '../../src/members/event-writer.ts';
import {
  EVENT_AGAIN_MS,
  EVENT_REFUSED_REST_MS,
  EVENTS_A_MINUTE_MAX,
} from '../../src/members/limits.ts';

function event(name: string, note = 'a bad annotation'): ObjectEvent {
  const regarding = { apiVersion: 'v1', kind: 'Service', namespace: 'd', name, uid: 'u' };
  return { regarding, type: 'Warning', reason: 'ReadInPart', note };
}

let posted: { path: string; body: unknown }[];
let fails: ApiError | undefined;
let writer: EventWriter;

beforeEach(() => {
  vi.useFakeTimers();
  [posted, fails] = [[], undefined];
  writer = new EventWriter({
    post: async (path, body) => {
      posted.push({ path, body });
      if (fails !== undefined) throw fails;
      return {};
    },
  });
});
afterEach(() => {
  writer.stop();
  vi.useRealTimers();
});

it('is an Event on the object, in its namespace', () => {
  writer.write(event('web'));
  expect(posted).toMatchObject([
    {
      path: '/apis/events.k8s.io/v1/namespaces/d/events',
      body: {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: expect.stringMatching(/^web\.[0-9a-f]{16}$/), namespace: 'd' },
        regarding: { kind: 'Service', name: 'web', uid: 'u' },
        reason: 'ReadInPart',
        note: 'a bad annotation',
        type: 'Warning',
      },
    },
  ]);
});

it('the same is said again only after an hour; another at once', () => {
  writer.write(event('web'));
  writer.write(event('web'));
  expect(posted).toHaveLength(1);
  writer.write(event('web', 'another one'));
  expect(posted).toHaveLength(2);
  vi.advanceTimersByTime(EVENT_AGAIN_MS + 1);
  writer.write(event('web', 'another one'));
  expect(posted).toHaveLength(3);
});

it('never more than so many a minute', () => {
  for (let at = 0; at < 1000; at++) writer.write(event(`s${at}`));
  expect(posted).toHaveLength(EVENTS_A_MINUTE_MAX);
  vi.advanceTimersByTime(60_001);
  writer.write(event('s1000'));
  expect(posted).toHaveLength(EVENTS_A_MINUTE_MAX + 1);
});

it('whoever speaks of many objects may say more', () => {
  const client = { post: async (_path: string, body: unknown) => posted.push(body as never) };
  const host = new EventWriter(client as never, 50);
  for (let at = 0; at < 1000; at++) host.write(event(`s${at}`));
  expect(posted).toHaveLength(50);
});

it('refused: quiet for a while', async () => {
  fails = new ApiError('API_STATUS', 'forbidden', { status: 403 });
  writer.write(event('a'));
  await vi.advanceTimersByTimeAsync(1);
  writer.write(event('b'));
  expect(posted).toHaveLength(1);
  fails = undefined;
  await vi.advanceTimersByTimeAsync(EVENT_REFUSED_REST_MS);
  writer.write(event('b'));
  expect(posted).toHaveLength(2);
});

it('an object whose Event is wrong, or gone, keeps no other quiet', async () => {
  for (const status of [400, 404, 422]) {
    fails = new ApiError('API_STATUS', 'not this one', { status });
    writer.write(event(`s${status}`));
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(posted).toHaveLength(3);
});

it('what it says is no longer than may be, in octets', () => {
  writer.write(event('web', '\u00e9'.repeat(2000)));
  const { note } = (posted[0]?.body ?? {}) as { note: string };
  expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1024);
  expect(note).toMatch(/^\u00e9+$/);
  writer.write(event(`${'a'.repeat(199)}-b`));
  const { metadata } = (posted[1]?.body ?? {}) as { metadata: { name: string } };
  expect(metadata.name).toMatch(/^a{199}\.[0-9a-f]{16}$/);
});
