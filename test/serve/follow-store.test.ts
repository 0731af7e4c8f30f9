/** The follower outlives a fault in taking an event: it reads the store anew and goes on. */

import { expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { Alarms } from '../../src/runtime/alarms.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { StoreFollower } from '../../src/serve/follow-store.ts';
import { ImageFeed } from '../../src/serve/images/image-feed.ts';
import { RecordCap } from '../../src/serve/images/record-cap.ts';
import { ZoneOverlay } from '../../src/serve/images/zone-overlay.ts';
import { HeldRemovals } from '../../src/store/hold/held-removals.ts';
import { ZoneSerials } from '../../src/store/hold/zone-serial.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { RecordView } from '../../src/store/skydns/view/record-view.ts';

const APEX = parseName('example.com.');
const WEB = parseName('web.example.com.');
const logger = createLogger('silent');

it('an event that throws once is read again, and what came with it is served', async () => {
  const store = new MemoryStore();
  const view = new RecordView({ prefix: '/skydns', zones: [{ apex: APEX, mode: 'owner' }] });
  let hasThrown = false;
  const feed = new ImageFeed([{ apex: APEX, hasQueryWildcards: false }]);
  const apply = feed.apply.bind(feed);
  feed.apply = async (apex, changes, serial) => {
    if (!hasThrown && changes.some(({ owner }) => owner === WEB)) {
      hasThrown = true;
      throw new Error('a fault of ours');
    }
    await apply(apex, changes, serial);
  };
  const follower = new StoreFollower({
    view,
    hold: new HeldRemovals(),
    serials: new ZoneSerials(),
    feed,
    overlays: new Map([[APEX, new ZoneOverlay({ apex: APEX, records: [], advertise: [] })]]),
    serialBase: 0,
    cap: new RecordCap(Number.POSITIVE_INFINITY),
    staleAfterMs: 1000,
    controlPrefix: '/fedns/',
    alarms: new Alarms(logger),
    logger,
  });
  const ended = new AbortController();
  const done = follower.run(store, ended.signal);
  await until(() => feed.serial(APEX) !== undefined);
  const put = (key: string, host: string) =>
    store.commit({ compares: [], puts: [{ key, value: JSON.stringify({ host }) }], deletes: [] });
  await put('/skydns/com/example/web', '192.0.2.1');
  await until(() => hasThrown);
  await put('/skydns/com/example/other', '192.0.2.2');
  await until(() => feed.content(APEX, parseName('other.example.com.')) !== undefined);
  expect(feed.content(APEX, WEB)).toBeDefined();
  ended.abort();
  await store.stop();
  await done;
});

async function until(check: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!check()) {
    if (performance.now() > deadline) throw new Error('not in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
