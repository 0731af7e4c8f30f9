/** The last shards of a service: who may go since another is healthy, and that one is healthy then. */

import { expect, it } from 'vitest';
import { allowedAddresses } from '../../src/discovery/health/allowed-addresses.ts';
import {
  type DecideContext,
  decideService,
  type KnownShard,
} from '../../src/discovery/health/decide-service.ts';
import type { ProbeSignal } from '../../src/discovery/health/liveness.ts';
import type { MemberState } from '../../src/discovery/health/member-state.ts';

const GRACES = { lostMs: 30_000, unknownMs: 300_000, deathMs: 1000 };

function member(name: string, api: MemberState['api']): MemberState {
  const locality = { region: 'west', topologyZones: [] };
  return { name, locality, api, apiSinceMs: 0, allowed: allowedAddresses([]) };
}

function shard(ip: string, more: Partial<KnownShard['report']['wishes']> = {}): KnownShard {
  const report = { targets: [{ ip }], hasEndpoint: true, wishes: more };
  return { report, wasOut: undefined, hasAnswered: true };
}

function healthOf(
  probes: Record<string, ProbeSignal>,
  known: Map<string, KnownShard>,
  nowMs = 1e9,
) {
  const context: DecideContext = {
    members: new Map([
      ['here', member('here', 'fresh')],
      ['other', member('other', 'fresh')],
      ['lost', member('lost', 'lost')],
    ]),
    defaultPolicy: () => 'withdraw-if-probe-fails',
    graces: GRACES,
    suspectsSelf: false,
    heldUntilMs: Number.NEGATIVE_INFINITY,
    resolve: () => undefined,
    probed: (_, name) => ({ signal: probes[name] ?? 'unknown', sinceMs: 0 }),
    isDrained: () => false,
    nowMs,
  };
  const { shards } = decideService({ namespace: 'd', objectName: 'web' }, known, context);
  return Object.fromEntries(shards.map(({ cluster, health }) => [cluster, health.kind]));
}

it('one of which nothing is known stays where the other is out by its own probe', () => {
  const known = new Map([
    ['here', shard('192.0.2.1', { probeOverridesApi: true })],
    ['lost', shard('192.0.2.2')],
  ]);
  expect(healthOf({ here: 'down' }, known)).toEqual({ here: 'unhealthy', lost: 'healthy' });
  expect(healthOf({ here: 'up' }, known)).toEqual({ here: 'healthy', lost: 'unhealthy' });
});

it.each([
  ['another is in', { other: 'up' }, { here: 'unhealthy', other: 'healthy' }],
  ['the other is out', { other: 'down' }, { here: 'healthy', other: 'unhealthy' }],
] as const)('one whose workload leaves: %s', (_, probes, wanted) => {
  const known = new Map([
    ['here', shard('192.0.2.1', { leaving: true })],
    ['other', shard('192.0.2.3', { probeOverridesApi: true })],
  ]);
  expect(healthOf(probes, known)).toEqual(wanted);
});

it('where the workload leaves every cluster, all stay in', () => {
  const known = new Map([
    ['here', shard('192.0.2.1', { leaving: true })],
    ['other', shard('192.0.2.3', { leaving: true })],
  ]);
  expect(healthOf({}, known)).toEqual({ here: 'healthy', other: 'healthy' });
});

it('it stays in rather than that one is trusted of which nothing is known', () => {
  const known = new Map([
    ['here', shard('192.0.2.1', { leaving: true })],
    ['lost', shard('192.0.2.2')],
  ]);
  expect(healthOf({ lost: 'down' }, known)).toEqual({ here: 'healthy', lost: 'unhealthy' });
});
