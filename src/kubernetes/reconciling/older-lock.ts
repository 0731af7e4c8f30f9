/**
 * The locks of leaders before there were Leases: an annotation of a ConfigMap or an Endpoints object.
 * KubeFed's controllers still lead by one, and never see our Lease: two control planes would fight
 * over every copy.
 *
 * Source: client-go's resource locks of ConfigMaps and Endpoints (removed in 1.27).
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { textAt, valueAt } from '../../api/untyped.ts';
import type { ApiClient } from '../api-client.ts';
import { ApiError } from '../api-error.ts';

export interface OlderLock {
  readonly plural: 'configmaps' | 'endpoints';
  readonly holder: string;
  readonly durationMs: number;
  /** By the holder's clock, ms since 1970. */
  readonly renewedAtMs: number;
  /** As it stands there: another text is a renewal. */
  readonly text: string;
}

const LEADER = 'control-plane.alpha.kubernetes.io/leader';

/** Not renewed for so many of its durations, it is a dead one's. */
export const DEAD_AFTER_DURATIONS = 2;
/** Nobody's clock is that wrong, ms: it need not be watched. */
const LONG_DEAD_MS = 600_000;
/** Between two looks, ms. */
const LOOK_MS = 1000;

/** Those that have a holder, alive or not. What may not be read is none. Throws ApiError. */
export async function readOlderLocks(
  client: Pick<ApiClient, 'get'>,
  namespace: string,
  name: string,
): Promise<readonly OlderLock[]> {
  const locks: OlderLock[] = [];
  for (const plural of ['configmaps', 'endpoints'] as const) {
    const object = await orNone(client, `/api/v1/namespaces/${namespace}/${plural}/${name}`);
    const text = textAt(object, 'metadata', 'annotations', LEADER) ?? '';
    const record = parsed(text);
    const holder = textAt(record, 'holderIdentity') ?? '';
    if (holder === '') continue;
    const durationMs = Number(valueAt(record, 'leaseDurationSeconds') ?? 0) * 1000;
    const renewedAtMs = Date.parse(textAt(record, 'renewTime') ?? '');
    locks.push({ plural, holder, durationMs, renewedAtMs, text });
  }
  return locks;
}

export interface OlderLockWait {
  readonly client: Pick<ApiClient, 'get'>;
  readonly namespace: string;
  readonly name: string;
  readonly isWanted: () => boolean;
  readonly onHeld: (lock: OlderLock) => void;
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Resolves once nobody holds such a lock: each was seen unchanged, by our clock, for twice its duration.
 * While it cannot be asked nobody knows, and it waits on.
 */
export async function olderLockEnds(wait: OlderLockWait): Promise<void> {
  const seen = new Map<string, { readonly text: string; readonly sinceMs: number }>();
  while (wait.isWanted()) {
    const held = await heldLock(wait, seen).catch((error: unknown) => {
      wait.onTrouble(error);
      return 'not known' as const;
    });
    if (held === undefined) return;
    if (held !== 'not known') wait.onHeld(held);
    await sleep(LOOK_MS);
  }
}

async function heldLock(
  { client, namespace, name }: OlderLockWait,
  seen: Map<string, { readonly text: string; readonly sinceMs: number }>,
): Promise<OlderLock | undefined> {
  const locks = await readOlderLocks(client, namespace, name);
  return locks.find(({ plural, text, durationMs, renewedAtMs }) => {
    if (Date.now() - renewedAtMs > LONG_DEAD_MS) return false;
    const nowMs = performance.now();
    const before = seen.get(plural);
    if (before?.text !== text) seen.set(plural, { text, sinceMs: nowMs });
    const sinceMs = before?.text === text ? before.sinceMs : nowMs;
    return nowMs - sinceMs < durationMs * DEAD_AFTER_DURATIONS;
  });
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function orNone(client: Pick<ApiClient, 'get'>, path: string): Promise<unknown> {
  try {
    return await client.get(path);
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 403)) {
      return undefined;
    }
    throw error;
  }
}
