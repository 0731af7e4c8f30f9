/** A remembered shard <-> the text that rests in the store. Bad text is undefined, never a throw. */

import { z } from 'zod';
import type { Locality } from '../shard.ts';
import type { KnownShard } from './decide-service.ts';
import { LIVENESS_CAUSES, type LivenessCause, WHEN_UNREACHABLE } from './liveness.ts';
import { ADDRESS_SOURCES, HOST_NAME_FORMS, type ShardWishes } from './shard-wishes.ts';

/**
 * Not strict: a newer version may have written more, and what it adds is not ours to judge. A wish
 * in words that we do not know is one that was not said.
 */
const WISHES = z.object({
  whenUnreachable: z.enum(WHEN_UNREACHABLE).exactOptional(),
  ttlSeconds: z.int().exactOptional(),
  allowWithoutEndpoints: z.boolean().exactOptional(),
  probeOverridesApi: z.boolean().exactOptional(),
  probe: z.union([z.literal('none'), z.int()]).exactOptional(),
  drain: z.boolean().exactOptional(),
  addresses: z.array(z.enum(ADDRESS_SOURCES)).exactOptional(),
  hostNameAs: z.enum(HOST_NAME_FORMS).exactOptional(),
  weight: z.number().exactOptional(),
  rank: z.number().exactOptional(),
  capacity: z.number().exactOptional(),
});
const SHARD = z.object({
  report: z.object({
    targets: z.array(z.union([z.object({ ip: z.string() }), z.object({ hostname: z.string() })])),
    hasEndpoint: z.boolean(),
    tcpPort: z.int().exactOptional(),
    wishes: z.record(z.string(), z.unknown()).transform(knownWishes),
    claim: z
      .object({ namespace: z.string(), since: z.string(), kinds: z.array(z.string()) })
      .exactOptional(),
  }),
  wasOut: z
    .union([z.enum(LIVENESS_CAUSES), z.unknown().transform(() => OUT_FOR_SOME_REASON)])
    .optional(),
  hasAnswered: z.boolean().default(false),
});
/** Said otherwise than we say it: back only when something speaks for it. */
const OUT_FOR_SOME_REASON: LivenessCause = 'member lost, addresses do not answer';

const LOCALITY = z.object({
  region: z.string().optional(),
  topologyZones: z.array(z.string()),
});

/** One shard, one text, whatever the order in which its wishes were said. */
export function formatShard({ report, wasOut, hasAnswered }: KnownShard): string {
  const { targets, hasEndpoint, tcpPort, claim } = report;
  const wishes = Object.fromEntries(Object.entries(report.wishes).sort());
  return JSON.stringify({
    report: { targets, hasEndpoint, tcpPort, wishes, claim },
    ...(wasOut !== undefined && { wasOut }),
    ...(hasAnswered && { hasAnswered }),
  });
}

function knownWishes(given: Record<string, unknown>): ShardWishes {
  const read = Object.entries(given).flatMap(([name, value]): [string, unknown][] => {
    const schema = Object.entries(WISHES.shape).find(([known]) => known === name)?.[1];
    const result = schema?.safeParse(value);
    return result?.success && result.data !== undefined ? [[name, result.data]] : [];
  });
  return WISHES.parse(Object.fromEntries(read));
}

export function parseShard(text: string): KnownShard | undefined {
  const shard = parsed(text, SHARD);
  return shard && { ...shard, wasOut: shard.wasOut };
}

export function parseLocality(text: string): Locality | undefined {
  const locality = parsed(text, LOCALITY);
  return locality && { region: locality.region, topologyZones: locality.topologyZones };
}

export function parseAddresses(text: string): readonly string[] | undefined {
  return parsed(text, z.array(z.string()));
}

function parsed<T>(text: string, schema: z.ZodType<T>): T | undefined {
  try {
    const result = schema.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
