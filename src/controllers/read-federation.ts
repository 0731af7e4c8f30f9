/**
 * What the host says of the federation as a whole: the KubeFedConfig's settings, and who we are. Read
 * before anything begins, and looked at again while it leads; another lock wants a restart.
 */

import { readGoDuration } from '../api/kubefed/go-duration.ts';
import { type KubeFedSettings, readKubeFedConfig } from '../api/kubefed/kubefed-config.ts';
import { bad, good, type Read } from '../api/read.ts';
import { textMapAt } from '../api/untyped.ts';
import { federationUidOf } from '../federation/joining/federation-uid.ts';
import type { CandidateSettings } from '../federation/replicas/candidates.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import type { WritingClient } from '../kubernetes/reconciling/paced-client.ts';
import {
  DELETION_PATIENCE_MS,
  RETURN_AFTER_MS,
  SUSPECT_SHARE,
  WORKLOAD_GRACE_MS,
} from './limits.ts';

export interface Federation {
  readonly settings: KubeFedSettings;
  /** Of every owner mark that this federation makes. */
  readonly uid: string;
  /** How long a deletion waits for members that cannot be reached, ms. */
  readonly deletionPatienceMs: number;
  readonly candidates: CandidateSettings;
}

/** Annotations of the KubeFedConfig, durations as 5m, and what is so where they are not said. */
const DURATIONS = {
  'fedns.io/deletion-patience': DELETION_PATIENCE_MS,
  'fedns.io/workload-grace': WORKLOAD_GRACE_MS,
  'fedns.io/return-after': RETURN_AFTER_MS,
} as const;

/** Throws ApiError where the host cannot be asked; bad: what stands there cannot be used. */
export async function readFederation(
  host: Pick<WritingClient, 'get'>,
  namespace: string,
): Promise<Read<Federation>> {
  const uid = federationUidOf(await host.get(`/api/v1/namespaces/${namespace}`));
  const path = `/apis/core.kubefed.io/v1beta1/namespaces/${namespace}/kubefedconfigs/kubefed`;
  const config = await orDefault(() => host.get(path));
  const read = readKubeFedConfig(config);
  const name = `KubeFedConfig ${namespace}/kubefed`;
  if (read.kind === 'bad') return bad(`${name}: ${read.problem}`);
  const durations = readDurations(config);
  if (durations.kind === 'bad') return bad(`${name}: ${durations.problem}`);
  const durationMs = (of: keyof typeof DURATIONS) => durations.value.get(of) ?? DURATIONS[of];
  return good({
    settings: read.value,
    uid,
    deletionPatienceMs: durationMs('fedns.io/deletion-patience'),
    candidates: {
      workloadGraceMs: durationMs('fedns.io/workload-grace'),
      returnAfterMs: durationMs('fedns.io/return-after'),
      suspectShare: SUSPECT_SHARE,
    },
  });
}

function readDurations(config: unknown): Read<ReadonlyMap<string, number>> {
  const annotations = textMapAt(config, 'metadata', 'annotations');
  const durations = new Map<string, number>();
  for (const name of Object.keys(DURATIONS)) {
    const said = annotations.get(name);
    if (said === undefined) continue;
    const durationMs = readGoDuration(said);
    if (durationMs === undefined) return bad(`annotation ${name}: "${said}" is no duration, as 5m`);
    durations.set(name, durationMs);
  }
  return good(durations);
}

/** None: the federation is of the whole cluster, and everything else has its default. */
async function orDefault(get: () => Promise<unknown>): Promise<unknown> {
  try {
    return await get();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { spec: { scope: 'Cluster' } };
    throw error;
  }
}
