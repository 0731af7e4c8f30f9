/**
 * PropagatedVersion objects of the host: which version of every copy is the one that we wrote, and
 * of what. They outlive us: a start compares, and writes nothing again.
 *
 * KubeFed's own are read as they are: where template and overrides are still those it wrote, its
 * copies are right. Ours add `contentHash` and `uid` to each cluster; KubeFed would ignore it.
 *
 * Source: specs of KubeFed 0.10, "PropagatedVersion / ClusterPropagatedVersion".
 */

import { createHash } from 'node:crypto';
import type { ApiResource, ObjectName } from '../../api/kubefed/api-resource.ts';
import {
  apiVersionOf,
  collectionPath,
  keyOfObject,
  objectPath,
} from '../../api/kubefed/api-resource.ts';
import type { FederatedObject } from '../../api/kubefed/federated-object.ts';
import { listAt, textAt } from '../../api/untyped.ts';
import { canonicalJson } from '../../federation/canonical-json.ts';
import type { RecordedCopy } from '../../federation/copies/copy-plan.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { ListWatchLimits } from '../../kubernetes/limits.ts';
import { FollowedCollection } from '../../kubernetes/reconciling/followed-collection.ts';
import type { PacedClient } from '../../kubernetes/reconciling/paced-client.ts';

/** Hex MD5 of what a person said: KubeFed's form. */
export interface SaidHashes {
  readonly templateVersion: string;
  readonly overridesVersion: string;
}

export interface RecordedObject extends SaidHashes {
  readonly clusters: ReadonlyMap<string, RecordedCopy>;
}

export interface PropagatedVersionsOptions {
  readonly host: PacedClient;
  readonly isNamespaced: boolean;
  /** Only those of this namespace; undefined: all. */
  readonly namespace: string | undefined;
  readonly onSynced: () => void;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

export class PropagatedVersions {
  readonly #options: PropagatedVersionsOptions;
  readonly #resource: ApiResource;
  /** Packed: a text each, and not an object for each of half a million copies. */
  readonly #recorded: FollowedCollection<string>;

  constructor(options: PropagatedVersionsOptions) {
    this.#options = options;
    this.#resource = {
      group: 'core.kubefed.io',
      version: 'v1alpha1',
      kind: options.isNamespaced ? 'PropagatedVersion' : 'ClusterPropagatedVersion',
      plural: options.isNamespaced ? 'propagatedversions' : 'clusterpropagatedversions',
      isNamespaced: options.isNamespaced,
    };
    this.#recorded = new FollowedCollection({
      client: options.host.client,
      path: collectionPath(this.#resource, options.namespace),
      project: (object) => pack(readRecorded(object)),
      onSynced: options.onSynced,
      limits: options.limits,
    });
  }

  start(): void {
    this.#recorded.start();
  }

  stop(): Promise<void> {
    return this.#recorded.stop();
  }

  get hasSynced(): boolean {
    return this.#recorded.hasSynced;
  }

  /** Why they cannot be read; undefined while in contact, or before the first word. */
  get problem(): string | undefined {
    return this.#recorded.problem;
  }

  get(target: ApiResource, name: ObjectName): RecordedObject | undefined {
    const packed = this.#recorded.get(keyOfObject(this.#nameOf(target, name)));
    return packed === undefined ? undefined : unpack(packed);
  }

  /** Written where it differs; gives whether it did. Throws ApiError. */
  async write(owner: RecordOwner, wanted: RecordedObject): Promise<boolean> {
    const name = this.#nameOf(owner.target, owner.object);
    const before = this.#recorded.get(keyOfObject(name));
    const packed = pack(wanted);
    if (before === packed) return false;
    const { host } = this.#options;
    const path = objectPath(this.#resource, name);
    const body = { status: statusOf(wanted) };
    if (before === undefined) await this.#make(owner, name);
    try {
      await host.patch(`${path}/status`, body);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
      // Deleted by hand: it is only a memory, made again.
      await this.#make(owner, name);
      await host.patch(`${path}/status`, body);
    }
    this.#recorded.wrote(keyOfObject(name), packed);
    return true;
  }

  async #make({ source, object }: RecordOwner, name: ObjectName): Promise<void> {
    const { group, version, kind } = this.#resource;
    const body = {
      apiVersion: `${group}/${version}`,
      kind,
      metadata: {
        name: name.name,
        ...(this.#resource.isNamespaced && { namespace: name.namespace }),
        // It goes with its object.
        ownerReferences: [
          {
            apiVersion: apiVersionOf(source),
            kind: source.kind,
            name: object.name,
            uid: object.uid,
          },
        ],
      },
    };
    try {
      const { namespace } = name;
      const within = this.#resource.isNamespaced ? namespace : undefined;
      await this.#options.host.post(collectionPath(this.#resource, within), body);
    } catch (error) {
      // A conflict of another kind made nothing.
      if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
    }
  }

  #nameOf(target: ApiResource, { namespace, name }: ObjectName): ObjectName {
    return { namespace, name: `${target.kind.toLowerCase()}-${name}` };
  }
}

export interface RecordOwner {
  readonly object: FederatedObject;
  readonly target: ApiResource;
  /** What the object is in the host. */
  readonly source: ApiResource;
}

/** As KubeFed has them: of compact JSON with sorted keys and a new line at its end. */
export function saidHashes({ said }: FederatedObject): SaidHashes {
  const { template, overrides } = said;
  return {
    templateVersion: template === undefined ? '' : md5(`${canonicalJson(template)}\n`),
    overridesVersion: md5(`${canonicalJson({ overrides: overrides ?? null })}\n`),
  };
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function readRecorded(object: unknown): RecordedObject {
  const clusters = new Map<string, RecordedCopy>();
  for (const one of listAt(object, 'status', 'clusterVersions')) {
    const cluster = textAt(one, 'clusterName');
    const version = textAt(one, 'version');
    if (cluster === undefined || version === undefined) continue;
    const contentHash = textAt(one, 'contentHash');
    const uid = textAt(one, 'uid') ?? '';
    clusters.set(cluster, { uid, version, contentHash, labelsHash: undefined });
  }
  return {
    templateVersion: textAt(object, 'status', 'templateVersion') ?? '',
    overridesVersion: textAt(object, 'status', 'overridesVersion') ?? '',
    clusters,
  };
}

function statusOf({ templateVersion, overridesVersion, clusters }: RecordedObject): object {
  const clusterVersions = inOrder(clusters).map(([clusterName, { uid, version, contentHash }]) => ({
    clusterName,
    version,
    ...(uid !== '' && { uid }),
    ...(contentHash !== undefined && { contentHash }),
  }));
  return { templateVersion, overridesVersion, clusterVersions };
}

type PackedCopy = [cluster: string, uid: string, version: string, contentHash: number | null];

/** The same record, the same text. Clusters share most of their hashes: each is in it once. */
function pack({ templateVersion, overridesVersion, clusters }: RecordedObject): string {
  const hashes: string[] = [];
  const copies = inOrder(clusters).map(([cluster, { uid, version, contentHash }]): PackedCopy => {
    if (contentHash === undefined) return [cluster, uid, version, null];
    if (!hashes.includes(contentHash)) hashes.push(contentHash);
    return [cluster, uid, version, hashes.indexOf(contentHash)];
  });
  return JSON.stringify([templateVersion, overridesVersion, hashes, copies]);
}

function unpack(packed: string): RecordedObject {
  const [templateVersion, overridesVersion, hashes, copies] = JSON.parse(packed) as [
    string,
    string,
    string[],
    PackedCopy[],
  ];
  const clusters = copies.map(([cluster, uid, version, hash]): [string, RecordedCopy] => {
    const contentHash = hash === null ? undefined : hashes[hash];
    return [cluster, { uid, version, contentHash, labelsHash: undefined }];
  });
  return { templateVersion, overridesVersion, clusters: new Map(clusters) };
}

function inOrder<T>(clusters: ReadonlyMap<string, T>): [string, T][] {
  return [...clusters].sort(([left], [right]) => (left < right ? -1 : 1));
}
