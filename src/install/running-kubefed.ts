/**
 * Whether KubeFed's own controllers run in the namespace: two control planes would fight over every
 * copy, and their locks do not meet (a ConfigMap or Endpoints there, a Lease here).
 *
 * Source: client-go's resource lock of ConfigMaps and Endpoints; specs of KubeFed 0.10, "Deployment".
 */

import { listAt, textAt, valueAt } from '../api/untyped.ts';
import type { ApiClient } from '../kubernetes/api-client.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import { DEAD_AFTER_DURATIONS } from './limits.ts';

const NAME = 'kubefed-controller-manager';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';

/** One line that says so; undefined: they do not run. Throws ApiError. */
export async function runningKubefed(
  client: Pick<ApiClient, 'get'>,
  namespace: string,
  now = Date.now(),
): Promise<string | undefined> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${NAME}`;
  const deployment = await orNone(client, path);
  if (!isOurs(deployment) && Number(valueAt(deployment, 'status', 'replicas') ?? 0) > 0) {
    const [container] = listAt(deployment, 'spec', 'template', 'spec', 'containers');
    const image = textAt(container, 'image') ?? '';
    return `KubeFed's own controllers run there (Deployment ${namespace}/${NAME}, image ${image})`;
  }
  for (const plural of ['configmaps', 'endpoints']) {
    const lock = await orNone(client, `/api/v1/namespaces/${namespace}/${plural}/${NAME}`);
    const holder = freshHolder(textAt(lock, 'metadata', 'annotations', LEADER), now);
    if (holder === undefined) continue;
    return `KubeFed's own lock is held by ${holder} (${plural} ${namespace}/${NAME})`;
  }
  return undefined;
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

function freshHolder(text: string | undefined, now: number): string | undefined {
  const record = parsed(text);
  const holder = textAt(record, 'holderIdentity') ?? '';
  const seconds = Number(valueAt(record, 'leaseDurationSeconds') ?? 0);
  const renewed = Date.parse(textAt(record, 'renewTime') ?? '');
  const isFresh = now - renewed < seconds * 1000 * DEAD_AFTER_DURATIONS;
  return holder !== '' && isFresh ? holder : undefined;
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function orNone(client: Pick<ApiClient, 'get'>, path: string): Promise<unknown> {
  try {
    return await client.get(path);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
