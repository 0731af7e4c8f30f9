/** The prober's thread: what it finds is known here, whole and at our clock, whatever befalls it. */

import { createServer, type Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { PROBE_DEFAULTS, type ProbeSettings } from '../../src/probe/probe-settings.ts';
import { type ProbeTarget, probeKey } from '../../src/probe/probe-target.ts';
import { ThreadedProber } from '../../src/probe/threaded-prober.ts';
import { Alarms } from '../../src/runtime/alarms.ts';
import { createLogger } from '../../src/runtime/logger.ts';

const WAIT = { timeout: 20_000, interval: 5 };

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface Listening {
  readonly target: ProbeTarget;
  readonly key: string;
  connections: number;
  close(): Promise<void>;
}

/** An address of its own, which stays refusing once it is closed. */
async function listening(): Promise<Listening> {
  const server: Server = createServer((socket) => {
    one.connections++;
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const target: ProbeTarget = { address: '127.0.0.1', port, check: { kind: 'tcp' } };
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  const one = { target, key: probeKey(target), connections: 0, close };
  ends.push(close);
  return one;
}

function start(settings: Partial<ProbeSettings> = {}) {
  const told: string[] = [];
  const alarms = new Alarms(createLogger('silent'));
  const prober: ThreadedProber = new ThreadedProber({
    settings: { ...PROBE_DEFAULTS, periodMs: 50, timeoutMs: 500, ...settings },
    onVerdicts: (keys) => {
      for (const key of keys) told.push(`${key} ${prober.state(key)?.verdict}`);
    },
    alarms,
    logger: createLogger('silent'),
  });
  ends.push(() => prober.stop());
  prober.start();
  return { prober, told, alarms };
}

/** This thread stands still. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

it('tells up and down, since when by our clock, with counts that hold the verdict', async () => {
  const [steady, dying] = [await listening(), await listening()];
  const { prober, told } = start();
  const beganMs = performance.now();
  for (const { target } of [steady, dying]) prober.add(target);
  expect(prober.state(steady.key)).toMatchObject({ verdict: 'unknown', everUp: false });
  await expect.poll(() => prober.counts(), WAIT).toMatchObject({ up: 2, unknown: 0 });
  const { sinceMs = 0 } = prober.state(steady.key) ?? {};
  expect(sinceMs).toBeGreaterThan(beganMs);
  expect(sinceMs).toBeLessThan(performance.now());
  await dying.close();
  await expect.poll(() => prober.counts(), WAIT).toMatchObject({ up: 1, down: 1, inDoubt: 0 });
  expect(prober.state(dying.key)).toMatchObject({ reason: 'refused', everUp: true });
  expect(told.at(-1)).toBe(`${dying.key} down`);
});

it('all that was found with a verdict is known when it is told: who is in doubt, too', async () => {
  const dying = [await listening(), await listening(), await listening()];
  const { prober } = start({ fall: 2, periodMs: 200 });
  for (const { target } of dying) prober.add(target);
  await expect.poll(() => prober.counts().up, WAIT).toBe(3);
  for (const { close } of dying) await close();
  // All of it lies ready when we look: the first down was found after each was in doubt.
  standStill(1000);
  await expect.poll(() => prober.counts(), WAIT).toMatchObject({ down: 3, inDoubt: 0 });
});

it('what was found of one let go is not believed of the same wanted anew', async () => {
  const dying = await listening();
  const { prober, told } = start({ fall: 1 });
  prober.add(dying.target);
  await expect.poll(() => prober.state(dying.key)?.verdict, WAIT).toBe('up');
  await dying.close();
  // Meanwhile its fall is found, and waits to be read.
  standStill(300);
  prober.remove(dying.key);
  prober.add(dying.target);
  await expect.poll(() => prober.state(dying.key)?.reason, WAIT).toBe('refused');
  expect(prober.state(dying.key)).toMatchObject({ verdict: 'unknown', everUp: false });
  expect(told).toEqual([`${dying.key} up`]);
  expect(prober.counts()).toMatchObject({ up: 0, down: 0, unknown: 1 });
});

it('a thread that dies is replaced: states stay, and it goes on from them', async () => {
  const [steady, dying, gone] = [await listening(), await listening(), await listening()];
  const { prober, told, alarms } = start();
  for (const { target } of [steady, dying, gone]) prober.add(target);
  await expect.poll(() => prober.counts().up, WAIT).toBe(3);
  await gone.close();
  await expect.poll(() => prober.counts(), WAIT).toMatchObject({ up: 2, down: 1 });
  const { sinceMs } = prober.state(steady.key) ?? {};
  const sentCount = prober.counts().probesSent;
  prober.throwInThread();
  await expect.poll(() => alarms.active, WAIT).toEqual(['probes-in-trouble']);
  expect(prober.counts()).toMatchObject({ up: 2, down: 1, unknown: 0 });
  // Both while nobody is asked: one leaves, one comes, one dies.
  prober.remove(gone.key);
  const late = await listening();
  prober.add(late.target);
  await dying.close();
  await expect.poll(() => prober.state(late.key)?.verdict, WAIT).toBe('up');
  await expect.poll(() => prober.state(dying.key)?.verdict, WAIT).toBe('down');
  expect(prober.replacedCount).toBe(1);
  expect(prober.state(steady.key)).toMatchObject({ verdict: 'up', sinceMs });
  expect(prober.state(gone.key)).toBeUndefined();
  expect(told.filter((line) => line.startsWith(steady.key))).toEqual([`${steady.key} up`]);
  expect(prober.counts().probesSent).toBeGreaterThan(sentCount);
});

it('nobody is asked after stop, and states stay readable', async () => {
  const steady = await listening();
  const { prober } = start();
  prober.add(steady.target);
  await expect.poll(() => prober.state(steady.key)?.verdict, WAIT).toBe('up');
  await prober.stop();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const before = steady.connections;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(steady.connections).toBe(before);
  expect(prober.state(steady.key)?.verdict).toBe('up');
});

it('is asked as often as it is wanted, and then no more', async () => {
  const steady = await listening();
  const { prober } = start();
  prober.add(steady.target);
  prober.add(steady.target);
  await expect.poll(() => prober.state(steady.key)?.verdict, WAIT).toBe('up');
  prober.remove(steady.key);
  expect(prober.state(steady.key)?.verdict).toBe('up');
  prober.remove(steady.key);
  expect(prober.counts()).toMatchObject({ up: 0, unknown: 0 });
  await expect
    .poll(async () => {
      const before = steady.connections;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return steady.connections - before;
    }, WAIT)
    .toBe(0);
});
