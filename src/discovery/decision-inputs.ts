/**
 * All that a decision was made from, as one JSON document, and the decision made anew from it: what
 * `fedns explain -o json` prints is enough to prove the answer. Times are milliseconds before the
 * decision; a time that is not known, and a grace that never ends, are null.
 */

import { z } from 'zod';
import { type DomainName, formatName, parseName } from '../dns/name.ts';
import { allowedAddresses } from './health/allowed-addresses.ts';
import { type DecideContext, type DecidedService, decideService } from './health/decide-service.ts';
import { WHEN_UNREACHABLE } from './health/liveness.ts';
import { formatShard, parseShard } from './health/stored-shard.ts';
import type { FederationPlan } from './ladder/hierarchy.ts';
import { type PlannedOwner, planService } from './ladder/plan-records.ts';

const MS = z.number().nullable();
const LOCALITY = z.object({
  region: z.string().optional(),
  topologyZones: z.array(z.string()),
  formerPlaces: z
    .array(z.object({ region: z.string().optional(), topologyZone: z.string().optional() }))
    .optional(),
});
export const DECISION_INPUTS = z.object({
  namespace: z.string(),
  service: z.string(),
  federation: z.object({
    name: z.string(),
    domain: z.string(),
    zoneNames: z.enum(['nested', 'flat', 'both']),
    ttlSeconds: z.number(),
    clusters: z.array(z.object({ name: z.string(), isReachable: z.boolean(), locality: LOCALITY })),
  }),
  suspectsSelf: z.boolean(),
  heldForMs: MS,
  graces: z.object({ lostMs: MS, unknownMs: MS, deathMs: MS }),
  resolved: z.record(z.string(), z.array(z.string())),
  shards: z.array(
    z.object({
      cluster: z.string(),
      /** As it rests in the store. */
      known: z.string(),
      api: z.enum(['fresh', 'lost']),
      apiForMs: MS,
      probe: z.enum(['up', 'unknown', 'down']),
      probeForMs: MS,
      isDrained: z.boolean(),
      defaultPolicy: z.enum(WHEN_UNREACHABLE),
      allow: z.array(z.string()),
    }),
  ),
});
export type DecisionInputs = z.infer<typeof DECISION_INPUTS>;

/** `plan`: the one it was planned by. */
export function printInputs(decided: DecidedService, plan: FederationPlan): DecisionInputs {
  const { basis, namespace, objectName, shards } = decided;
  const { naming, ttlSeconds, clusters } = plan;
  const { nowMs, suspectsSelf, heldUntilMs, graces, resolved } = basis;
  return DECISION_INPUTS.parse({
    namespace,
    service: objectName,
    federation: {
      name: naming.federation,
      domain: formatName(naming.domain),
      zoneNames: naming.zoneNames,
      ttlSeconds,
      clusters,
    },
    suspectsSelf,
    heldForMs: finite(heldUntilMs - nowMs),
    graces: {
      lostMs: finite(graces.lostMs),
      unknownMs: finite(graces.unknownMs),
      deathMs: finite(graces.deathMs),
    },
    resolved: Object.fromEntries(resolved),
    shards: shards.map(({ cluster, report, probed, basis: own }) => ({
      cluster,
      known: formatShard({ report, wasOut: own.wasOut, hasAnswered: own.hadAnswered }),
      api: own.member.api,
      apiForMs: finite(nowMs - own.member.apiSinceMs),
      probe: probed.signal,
      probeForMs: probed.sinceMs === 0 ? null : finite(nowMs - probed.sinceMs),
      isDrained: own.isDrained,
      defaultPolicy: own.defaultPolicy,
      allow: [...own.member.allowed.networks],
    })),
  });
}

export interface Replayed {
  readonly decided: DecidedService;
  readonly owners: ReadonlyMap<DomainName, PlannedOwner>;
}

/** The same code on the printed inputs. Throws InputError for names that cannot be. */
export function replayInputs(inputs: DecisionInputs): Replayed {
  const { namespace, service: objectName, federation, shards } = inputs;
  const byCluster = new Map(shards.map((shard) => [shard.cluster, shard]));
  const known = shards.flatMap(({ cluster, known: text }) => {
    const shard = parseShard(text);
    return shard === undefined ? [] : [[cluster, shard] as const];
  });
  const policies = new Map(
    known.map(([cluster, { report }]) => [
      report.claim?.namespace ?? namespace,
      byCluster.get(cluster)?.defaultPolicy,
    ]),
  );
  const clusters = federation.clusters.map(({ name, isReachable, locality }) => ({
    name,
    isReachable,
    locality: {
      region: locality.region,
      topologyZones: locality.topologyZones,
      formerPlaces: (locality.formerPlaces ?? []).map((place) => ({
        region: place.region,
        topologyZone: place.topologyZone,
      })),
    },
  }));
  const members = clusters.flatMap(({ name, locality }) => {
    const shard = byCluster.get(name);
    if (shard === undefined) return [];
    const { api, apiForMs, allow } = shard;
    const apiSinceMs = ago(apiForMs);
    return [[name, { name, locality, api, apiSinceMs, allowed: allowedAddresses(allow) }] as const];
  });
  const context: DecideContext = {
    members: new Map(members),
    defaultPolicy: (of) => policies.get(of) ?? 'withdraw-if-probe-fails',
    graces: {
      lostMs: inputs.graces.lostMs ?? Number.POSITIVE_INFINITY,
      unknownMs: inputs.graces.unknownMs ?? Number.POSITIVE_INFINITY,
      deathMs: inputs.graces.deathMs ?? Number.POSITIVE_INFINITY,
    },
    suspectsSelf: inputs.suspectsSelf,
    heldUntilMs: inputs.heldForMs ?? Number.NEGATIVE_INFINITY,
    resolve: (host) => inputs.resolved[host],
    probed: (_, cluster) => {
      const shard = byCluster.get(cluster);
      return { signal: shard?.probe ?? 'unknown', sinceMs: ago(shard?.probeForMs ?? null) };
    },
    isDrained: (_, cluster) => byCluster.get(cluster)?.isDrained ?? false,
    nowMs: 0,
  };
  const decided = decideService({ namespace, objectName }, new Map(known), context);
  const { name, domain, zoneNames, ttlSeconds } = federation;
  const naming = { federation: name, domain: parseName(domain), zoneNames };
  return { decided, owners: planService({ naming, ttlSeconds, clusters }, decided, 'stored') };
}

function finite(ms: number): number | null {
  return Number.isFinite(ms) ? ms : null;
}

function ago(ms: number | null): number {
  return ms === null ? Number.NEGATIVE_INFINITY : -ms;
}
