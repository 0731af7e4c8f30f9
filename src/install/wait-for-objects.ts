/**
 * Waiting, aloud: until what was defined is served, until Deployments run, until one process leads.
 * Each look says what is still missing, so that nobody wonders what takes so long.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { objectPath } from '../api/kubefed/api-resource.ts';
import type { JsonObject } from '../api/kubefed/federated-object.ts';
import { listAt, textAt, textMapAt, valueAt } from '../api/untyped.ts';
import { DEFINITIONS, describeObject, LEASES, nameOf, resourceOf } from './chart-kinds.ts';
import { LOOK_MS, TOLD_MS } from './limits.ts';
import { getOrNone, type InstallPlace } from './object-steps.ts';

/** It did not come in time; says what was missing. */
export class WaitError extends Error {
  override readonly name = 'WaitError';
}

/** `missing` says what is not there yet; undefined: all is. Throws WaitError. */
export async function waitUntil(
  { say, timeoutMs }: Pick<InstallPlace, 'say' | 'timeoutMs'>,
  missing: () => Promise<string | undefined>,
): Promise<void> {
  const begunMs = performance.now();
  let toldMs = begunMs;
  let told = '';
  for (;;) {
    const what = await missing();
    if (what === undefined) return;
    const nowMs = performance.now();
    const seconds = Math.round((nowMs - begunMs) / 1000);
    if (nowMs - begunMs > timeoutMs) throw new WaitError(`not within ${seconds} s: ${what}`);
    if (what !== told || nowMs - toldMs > TOLD_MS) {
      say(`waits for ${what}${seconds > 0 ? ` (${seconds} s)` : ''}`);
      told = what;
      toldMs = nowMs;
    }
    await sleep(LOOK_MS);
  }
}

export async function waitServed(place: InstallPlace, names: readonly string[]): Promise<void> {
  const open = new Set(names);
  await waitUntil(place, async () => {
    for (const name of open) {
      const path = objectPath(DEFINITIONS, { namespace: '', name });
      const definition = await getOrNone(place.client, path);
      const established = listAt(definition, 'status', 'conditions').some(
        (one) => textAt(one, 'type') === 'Established' && textAt(one, 'status') === 'True',
      );
      if (established) open.delete(name);
    }
    const [first] = open;
    return first === undefined ? undefined : `${open.size} definitions, as ${first}`;
  });
}

/** Deployments and StatefulSets, until all their pods are of the newest kind and ready. */
export async function waitRunning(
  place: InstallPlace,
  workloads: readonly JsonObject[],
): Promise<void> {
  await waitUntil(place, async () => {
    for (const workload of workloads) {
      const path = objectPath(resourceOf(workload), nameOf(workload));
      const live = await getOrNone(place.client, path);
      const missing = missingPods(live);
      if (missing === undefined) continue;
      const why = await podTrouble(place, live);
      return `${describeObject(workload)}: ${missing}${why === undefined ? '' : `, ${why}`}`;
    }
    return undefined;
  });
}

function missingPods(live: unknown): string | undefined {
  const number = (...path: string[]) => Number(valueAt(live, ...path) ?? 0);
  const wanted = number('spec', 'replicas');
  const updated = number('status', 'updatedReplicas');
  const ready = Math.min(updated, number('status', 'readyReplicas'));
  if (number('status', 'observedGeneration') < number('metadata', 'generation'))
    return 'not seen yet';
  if (ready < wanted) return `${ready} of ${wanted} pods are ready`;
  return number('status', 'replicas') > wanted ? 'old pods are ending' : undefined;
}

/** What a kubelet or the scheduler says of the first pod that does not run. */
async function podTrouble(place: InstallPlace, workload: unknown): Promise<string | undefined> {
  const labels = [...textMapAt(workload, 'spec', 'selector', 'matchLabels')];
  const labelSelector = labels.map(([name, value]) => `${name}=${value}`).join(',');
  const path = `/api/v1/namespaces/${place.namespace}/pods`;
  const list = await place.client.get(path, { query: { labelSelector, limit: '20' } });
  for (const pod of listAt(list, 'items')) {
    const name = textAt(pod, 'metadata', 'name');
    for (const container of listAt(pod, 'status', 'containerStatuses')) {
      const reason = textAt(container, 'state', 'waiting', 'reason');
      if (reason !== undefined) return `${name}: ${reason}`;
    }
    for (const condition of listAt(pod, 'status', 'conditions')) {
      const isOut = textAt(condition, 'status') === 'False';
      if (isOut && textAt(condition, 'reason') === 'Unschedulable') return `${name}: Unschedulable`;
    }
  }
  return undefined;
}

export async function waitLed(place: InstallPlace, name: string): Promise<void> {
  const path = objectPath(LEASES, { namespace: place.namespace, name });
  await waitUntil(place, async () => {
    const holder = textAt(await getOrNone(place.client, path), 'spec', 'holderIdentity') ?? '';
    return holder === '' ? 'a controller that leads' : undefined;
  });
}
