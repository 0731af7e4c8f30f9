/**
 * What the loops of records follow in the members: federated Services, their EndpointSlices, federated
 * Ingresses. From the first time that somebody needs it: without a record three watches in each member
 * would be for nobody.
 */

import { collectionPath } from '../../../api/kubefed/api-resource.ts';
import type { ListWatchLimits } from '../../../kubernetes/limits.ts';
import type { FederatedClusters } from '../../clusters/federated-clusters.ts';
import { type SeenIngress, seenIngress } from '../ingress-records/seen-ingress.ts';
import { MemberCollections } from '../member-collections.ts';
import { type SeenService, type SeenSlice, seenService, seenSlice } from './seen-services.ts';

/** Whom news of one key goes to. */
export interface MemberNews {
  readonly service: (key: string) => void;
  readonly slice: (key: string) => void;
  readonly ingress: (key: string) => void;
  /** A cluster was read for the first time. */
  readonly all: () => void;
}

export interface FollowedMembersOptions {
  readonly clusters: FederatedClusters;
  readonly onlyNamespace: string | undefined;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

export class FollowedMembers {
  readonly services: MemberCollections<SeenService>;
  readonly slices: MemberCollections<SeenSlice>;
  readonly ingresses: MemberCollections<SeenIngress>;
  #isNeeded = false;
  #hasStopped = false;

  constructor({ clusters, onlyNamespace, limits }: FollowedMembersOptions, news: MemberNews) {
    const shared = { clusters, onSynced: news.all, limits };
    const pathOf = (group: string, version: string, plural: string) =>
      collectionPath({ group, version, plural, kind: '', isNamespaced: true }, onlyNamespace);
    const byKey = (_: unknown, key: string) => key;
    this.services = new MemberCollections<SeenService>({
      ...shared,
      path: pathOf('', 'v1', 'services'),
      project: seenService,
      groupOf: byKey,
      onGroup: news.service,
    });
    this.slices = new MemberCollections<SeenSlice>({
      ...shared,
      path: pathOf('discovery.k8s.io', 'v1', 'endpointslices'),
      project: seenSlice,
      groupOf: ({ service }) => service,
      onGroup: news.slice,
    });
    this.ingresses = new MemberCollections<SeenIngress>({
      ...shared,
      path: pathOf('networking.k8s.io', 'v1', 'ingresses'),
      project: seenIngress,
      groupOf: byKey,
      onGroup: news.ingress,
    });
  }

  get #all() {
    return [this.services, this.slices, this.ingresses];
  }

  /** They are followed from now on. */
  need(): void {
    if (this.#isNeeded || this.#hasStopped) return;
    this.#isNeeded = true;
    for (const members of this.#all) members.start();
  }

  async stop(): Promise<void> {
    this.#hasStopped = true;
    await Promise.all(this.#all.map((members) => members.stop()));
  }

  /** Come, gone, ready or not, or reached otherwise. */
  clusterChanged(name: string): void {
    for (const members of this.#all) members.clusterChanged(name);
  }
}
