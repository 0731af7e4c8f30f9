/**
 * Who leads, by a Lease: never two at once by their own clocks, whatever the API server does. On an
 * API in memory that fails on wish; the real one is under every control plane of test/controllers.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { ApiError } from '../../../src/kubernetes/api-error.ts';
import { LeaseElection } from '../../../src/kubernetes/reconciling/lease-election.ts';

const times = { leaseDurationMs: 1000, renewDeadlineMs: 600, retryPeriodMs: 100 };

/** One Lease, with optimistic locking. */
class LeaseApi {
  #lease: Record<string, unknown> | undefined;
  #version = 0;
  isDown = false;
  getCount = 0;
  putCount = 0;

  readonly client = {
    get: async () => {
      this.getCount++;
      this.#check();
      if (this.#lease === undefined) throw refusal(404, 'NotFound');
      return structuredClone(this.#lease);
    },
    post: async (_path: string, body: unknown) => {
      this.#check();
      if (this.#lease !== undefined) throw refusal(409, 'AlreadyExists');
      return this.#store(body);
    },
    put: async (_path: string, body: unknown) => {
      this.putCount++;
      this.#check();
      const { metadata } = body as { metadata: { resourceVersion?: string } };
      if (metadata.resourceVersion !== String(this.#version)) throw refusal(409, 'Conflict');
      return this.#store(body);
    },
  };

  #check(): void {
    if (this.isDown) throw new ApiError('API_UNREACHABLE', 'down');
  }

  #store(body: unknown): unknown {
    const { metadata, ...rest } = structuredClone(body) as { metadata: object };
    this.#lease = { ...rest, metadata: { ...metadata, resourceVersion: String(++this.#version) } };
    return structuredClone(this.#lease);
  }
}

function refusal(status: number, reason: string): ApiError {
  return new ApiError('API_STATUS', reason, { status, reason });
}

const running: LeaseElection[] = [];
afterEach(async () => {
  for (const election of running.splice(0)) await election.stop();
});

function candidate(
  api: LeaseApi,
  identity: string,
  log: string[],
  more: Partial<typeof times> = {},
): LeaseElection {
  const election = new LeaseElection({
    client: api.client,
    namespace: 'n',
    name: 'lock',
    identity,
    times: { ...times, ...more },
    onElected: () => log.push(`+${identity}`),
    onLost: () => log.push(`-${identity}`),
  });
  running.push(election);
  election.start();
  return election;
}

async function until(isSo: () => boolean, limitMs = 5000): Promise<void> {
  for (let waited = 0; !isSo(); waited += 10) {
    if (waited > limitMs) throw new Error('not in time');
    await sleep(10);
  }
}

it('one of two leads; when it stops, the other need not wait for the lease to end', async () => {
  const api = new LeaseApi();
  const log: string[] = [];
  const one = candidate(api, 'one', log);
  await until(() => one.isLeading);
  const two = candidate(api, 'two', log);
  await sleep(300);
  expect(log).toEqual(['+one']);
  expect(two.holder).toBe('one');
  const stoppedMs = performance.now();
  await one.stop();
  await until(() => two.isLeading);
  expect(log).toEqual(['+one', '-one', '+two']);
  expect(performance.now() - stoppedMs).toBeLessThan(times.leaseDurationMs + 1000);
});

it('who cannot renew stops leading before another can begin', async () => {
  const api = new LeaseApi();
  const log: string[] = [];
  const one = candidate(api, 'one', log);
  await until(() => one.isLeading);
  api.isDown = true;
  const downMs = performance.now();
  await until(() => !one.isLeading);
  expect(performance.now() - downMs).toBeLessThan(times.leaseDurationMs);
  api.isDown = false;
  await until(() => one.isLeading);
  expect(log).toEqual(['+one', '-one', '+one']);
});

it('a leader that died is followed, and not before its lease was seen unchanged for its time', async () => {
  const api = new LeaseApi();
  const log: string[] = [];
  // As a process that was killed leaves it.
  await api.client.post('', {
    metadata: { name: 'lock' },
    spec: { holderIdentity: 'dead', leaseDurationSeconds: 1, renewTime: '1999-01-01T00:00:00Z' },
  });
  const startedMs = performance.now();
  const one = candidate(api, 'one', log);
  await until(() => one.isLeading);
  expect(performance.now() - startedMs).toBeGreaterThan(times.leaseDurationMs);
});

it('who leads renews four times before its deadline, and reads nothing for it', async () => {
  const api = new LeaseApi();
  const one = candidate(api, 'one', [], { retryPeriodMs: 550 });
  await until(() => one.isLeading);
  const [gets, puts] = [api.getCount, api.putCount];
  await sleep(times.renewDeadlineMs);
  expect(api.putCount - puts).toBeGreaterThanOrEqual(2);
  expect(api.getCount).toBe(gets);
  expect(one.isLeading).toBe(true);
});

it('whose lease another took sees it at the next renewal', async () => {
  const api = new LeaseApi();
  const log: string[] = [];
  const one = candidate(api, 'one', log);
  await until(() => one.isLeading);
  const lease = (await api.client.get()) as { metadata: object };
  await api.client.put('', {
    ...lease,
    spec: { holderIdentity: 'two', leaseDurationSeconds: 60 },
  });
  await until(() => !one.isLeading, times.renewDeadlineMs);
  expect(one.holder).toBe('two');
  expect(log).toEqual(['+one', '-one']);
});
