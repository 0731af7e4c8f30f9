/**
 * What the host says of the federation as a whole: the KubeFedConfig's settings, and who we are. Read
 * before anything begins, and looked at again while it leads; another lock wants a restart.
 */

import {
  type DurationAnnotation,
  type KubeFedSettings,
  readDurationAnnotations,
  readKubeFedConfig,
  wantsEndpoints,
} from '../../api/kubefed/kubefed-config.ts';
import { bad, good, type Read } from '../../api/read.ts';
import { federationUidOf } from '../../federation/joining/federation-uid.ts';
import type { CandidateSettings } from '../../federation/replicas/candidates.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { WritingClient } from '../../kubernetes/reconciling/paced-client.ts';
import {
  DELETION_PATIENCE_MS,
  RETURN_AFTER_MS,
  SUSPECT_SHARE,
  WORKLOAD_GRACE_MS,
} from '../limits.ts';

export interface Federation {
  readonly settings: KubeFedSettings;
  /** Of every owner mark that this federation makes. */
  readonly uid: string;
  /** How long a deletion waits for members that cannot be reached, ms. */
  readonly deletionPatienceMs: number;
  readonly candidates: CandidateSettings;
  /** DNSEndpoints of the records are written. */
  readonly writesEndpoints: boolean;
}

export interface SeenFederation {
  /** bad: all that is wrong with the KubeFedConfig, its fields first. */
  readonly read: Read<Federation>;
  /** The KubeFedConfig as it stands; undefined: there is none, and everything has its default. */
  readonly config: unknown;
}

export function kubeFedConfigPath(namespace: string): string {
  return `/apis/core.kubefed.io/v1beta1/namespaces/${namespace}/kubefedconfigs/kubefed`;
}

/** Throws ApiError where the host cannot be asked. */
export async function readFederation(
  host: Pick<WritingClient, 'get'>,
  namespace: string,
): Promise<SeenFederation> {
  const uid = federationUidOf(await host.get(`/api/v1/namespaces/${namespace}`));
  const config = await orNone(() => host.get(kubeFedConfigPath(namespace)));
  return { read: federationOf(config ?? { spec: { scope: 'Cluster' } }, uid), config };
}

function federationOf(config: unknown, uid: string): Read<Federation> {
  const read = readKubeFedConfig(config);
  const durations = readDurationAnnotations(config);
  if (read.kind === 'bad' || durations.kind === 'bad') {
    const problems = [read, durations].flatMap((one) => (one.kind === 'bad' ? one.problem : []));
    return bad(problems.join('; '));
  }
  const durationMs = (of: DurationAnnotation, fallbackMs: number) =>
    durations.value.get(of) ?? fallbackMs;
  return good({
    settings: read.value,
    uid,
    writesEndpoints: wantsEndpoints(config),
    deletionPatienceMs: durationMs('fedns.io/deletion-patience', DELETION_PATIENCE_MS),
    candidates: {
      workloadGraceMs: durationMs('fedns.io/workload-grace', WORKLOAD_GRACE_MS),
      returnAfterMs: durationMs('fedns.io/return-after', RETURN_AFTER_MS),
      suspectShare: SUSPECT_SHARE,
    },
  });
}

async function orNone(get: () => Promise<unknown>): Promise<unknown> {
  try {
    return await get();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
