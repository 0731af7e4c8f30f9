/**
 * Writes the objects of one cluster, each brought to what is wanted, and reports each: what
 * is so already is not touched, and a dry run only says.
 */

import { collectionPath, objectPath } from '../../api/kubefed/api-resource.ts';
import { isJsonObject, type JsonObject } from '../../api/kubefed/federated-object.ts';
import { textAt } from '../../api/untyped.ts';
import { canonicalJson } from '../../federation/canonical-json.ts';
import type { MadeObject, ObjectRef } from '../../federation/joining/member-objects.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import { getOrNone, type ReachedCluster } from './host-cluster.ts';
import type { Report, Step } from './report.ts';

export class ObjectWriter {
  readonly #cluster: ReachedCluster;
  readonly #report: Report;

  constructor(cluster: ReachedCluster, report: Report) {
    this.#cluster = cluster;
    this.#report = report;
  }

  get isDryRun(): boolean {
    return this.#report.isDryRun;
  }

  /** What the live object has beside what is wanted stays. */
  async ensure({ resource, object }: MadeObject): Promise<void> {
    const ref = refOf({ resource, object });
    const { client } = this.#cluster;
    const live = await getOrNone(client, objectPath(resource, ref));
    if (live === undefined) {
      if (!this.isDryRun) await client.post(collectionOf(ref), object);
      return this.say(ref, 'created');
    }
    const merged = mergeObjects(live, object);
    if (canonicalJson(merged) === canonicalJson(live)) return this.say(ref, 'unchanged');
    if (!this.isDryRun) await client.put(objectPath(resource, ref), merged);
    this.say(ref, 'updated');
  }

  /** A merge patch of what is known to be there. */
  async patch(ref: ObjectRef, patch: JsonObject, why = ''): Promise<void> {
    if (!this.isDryRun) await this.#cluster.client.patch(objectPath(ref.resource, ref), patch);
    this.say(ref, 'updated', why);
  }

  /** Whether it was there; only the very object that was read is deleted. */
  async remove(ref: ObjectRef): Promise<boolean> {
    const { client } = this.#cluster;
    const path = objectPath(ref.resource, ref);
    const live = await getOrNone(client, path);
    if (live === undefined) return false;
    const preconditions = { uid: textAt(live, 'metadata', 'uid') };
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions };
    try {
      if (!this.isDryRun) await client.delete(path, body);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
      return false;
    }
    this.say(ref, 'deleted');
    return true;
  }

  say(ref: ObjectRef, step: Step, why = ''): void {
    this.#report.step(this.#cluster.context, ref, step, why);
  }
}

export function refOf({ resource, object }: MadeObject): ObjectRef {
  const name = textAt(object, 'metadata', 'name') ?? '';
  return { resource, namespace: textAt(object, 'metadata', 'namespace') ?? '', name };
}

function collectionOf({ resource, namespace }: ObjectRef): string {
  return collectionPath(resource, resource.isNamespaced ? namespace : undefined);
}

/** What is wanted wins, lists whole; undefined: it goes; what nobody said stays. */
function mergeObjects(live: unknown, wanted: unknown): unknown {
  if (!isJsonObject(live) || !isJsonObject(wanted)) return wanted;
  const merged: Record<string, unknown> = { ...live };
  for (const [key, value] of Object.entries(wanted)) {
    if (value === undefined) delete merged[key];
    else merged[key] = mergeObjects(live[key], value);
  }
  return merged;
}
