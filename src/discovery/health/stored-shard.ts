/** A remembered shard <-> the text that rests in the store. Bad text is undefined, never a throw. */

import { z } from 'zod';
import { SERVED_TTL_SECONDS_MAX } from '../../dns/limits.ts';
import { checkedLabel } from '../owner-names.ts';
import type { Locality } from '../shard.ts';
import type { KnownShard } from './decide-service.ts';
import { LIVENESS_CAUSES, type LivenessCause, WHEN_UNREACHABLE } from './liveness.ts';
import { isProbeHost, isProbePath, isStatusRange, isTlsName, PORT_MAX } from './probe-wish.ts';
import {
  ADDRESS_SOURCES,
  CAPACITY_MAX,
  HOST_NAME_FORMS,
  RANK_MAX,
  type ShardWishes,
} from './shard-wishes.ts';

const PORT = z.int().min(1).max(PORT_MAX);
const STATUS_PROBE = z.object({
  scheme: z.enum(['http', 'https']),
  port: PORT,
  path: z.string().refine(isProbePath),
});
/**
 * Not strict: a newer version may have written more, and what it adds is not ours to judge. A wish
 * in words that we do not know is one that was not said.
 */
const WISHES = z.object({
  whenUnreachable: z.enum(WHEN_UNREACHABLE).exactOptional(),
  ttlSeconds: z.int().min(1).max(SERVED_TTL_SECONDS_MAX).exactOptional(),
  allowWithoutEndpoints: z.boolean().exactOptional(),
  probeOverridesApi: z.boolean().exactOptional(),
  probe: z.union([z.literal('none'), PORT, STATUS_PROBE]).exactOptional(),
  probeStatuses: z.tuple([z.int(), z.int()]).refine(isStatusRange).readonly().exactOptional(),
  probeHost: z.string().refine(isProbeHost).exactOptional(),
  probeTlsName: z.string().refine(isTlsName).exactOptional(),
  drain: z.boolean().exactOptional(),
  leaving: z.boolean().exactOptional(),
  addresses: z.array(z.enum(ADDRESS_SOURCES)).exactOptional(),
  hostNameAs: z.enum(HOST_NAME_FORMS).exactOptional(),
  weight: z.int().min(0).max(RANK_MAX).exactOptional(),
  rank: z.int().min(0).max(RANK_MAX).exactOptional(),
  capacity: z.number().min(0).max(CAPACITY_MAX).exactOptional(),
});
const SHARD = z.object({
  report: z.object({
    targets: z.array(z.union([z.object({ ip: z.string() }), z.object({ hostname: z.string() })])),
    hasEndpoint: z.boolean(),
    tcpPort: PORT.exactOptional(),
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

/** What is no DNS label is no place: nobody wrote it who is one of us. */
const LABEL = z.string().refine((text) => {
  try {
    return checkedLabel(text, 'place') === text;
  } catch {
    return false;
  }
});
const LOCALITY = z.object({
  region: LABEL.optional(),
  topologyZones: z.array(LABEL),
  formerPlaces: z
    .array(z.object({ region: LABEL.optional(), topologyZone: LABEL.optional() }))
    .optional(),
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

/** Cheap, and right where it says so: reports are values that nobody changes. */
export function isSameShard(left: KnownShard, right: KnownShard): boolean {
  return (
    left.report === right.report &&
    left.wasOut === right.wasOut &&
    left.hasAnswered === right.hasAnswered
  );
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
  if (locality === undefined) return undefined;
  const { region, topologyZones, formerPlaces } = locality;
  return {
    region,
    topologyZones,
    ...(formerPlaces !== undefined && {
      formerPlaces: formerPlaces.map((place) => ({
        region: place.region,
        topologyZone: place.topologyZone,
      })),
    }),
  };
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
