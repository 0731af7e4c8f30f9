/**
 * Whether KubeFed's own controllers run in the namespace: two control planes would fight over every
 * copy, and their locks do not meet (a ConfigMap or Endpoints there, a Lease here).
 *
 * Source: specs of KubeFed 0.10, "Deployment".
 */

import { listAt, textAt, valueAt } from '../api/untyped.ts';
import type { ApiClient } from '../kubernetes/api-client.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import { DEAD_AFTER_DURATIONS, readOlderLocks } from '../kubernetes/reconciling/older-lock.ts';

const NAME = 'kubefed-controller-manager';

/** One line that says so; undefined: they do not run. Throws ApiError. */
export async function runningKubefed(
  client: Pick<ApiClient, 'get'>,
  namespace: string,
  now = Date.now(),
): Promise<string | undefined> {
  // First: a lock is held by who leads, whatever the Deployment says of pods.
  const locks = await readOlderLocks(client, namespace, NAME);
  const held = locks.find(
    ({ durationMs, renewedAtMs }) => now - renewedAtMs < durationMs * DEAD_AFTER_DURATIONS,
  );
  if (held !== undefined) {
    return `KubeFed's own lock is held by ${held.holder} (${held.plural} ${namespace}/${NAME})`;
  }
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${NAME}`;
  const deployment = await orNone(client, path);
  if (isOurs(deployment) || Number(valueAt(deployment, 'status', 'replicas') ?? 0) === 0) {
    return undefined;
  }
  const [container] = listAt(deployment, 'spec', 'template', 'spec', 'containers');
  const image = textAt(container, 'image') ?? '';
  return `KubeFed's own controllers run there (Deployment ${namespace}/${NAME}, image ${image})`;
}

/** Whether an object is of an installation of ours, by Helm or not. */
export function isOurs(object: unknown): boolean {
  return textAt(object, 'metadata', 'labels', 'app.kubernetes.io/name') === 'fedns';
}

/** The name of the Helm release that has it. */
export function helmRelease(object: unknown): string | undefined {
  const by = textAt(object, 'metadata', 'labels', 'app.kubernetes.io/managed-by');
  return by === 'Helm' ? textAt(object, 'metadata', 'annotations', RELEASE_NAME) : undefined;
}

const RELEASE_NAME = 'meta.helm.sh/release-name';

async function orNone(client: Pick<ApiClient, 'get'>, path: string): Promise<unknown> {
  try {
    return await client.get(path);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
