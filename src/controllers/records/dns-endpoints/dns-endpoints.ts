/**
 * The loop of DNSEndpoints: a record with its status -> the object that ExternalDNS reads, in every
 * API of it that the host has. README.md is its contract.
 *
 * Source: specs of KubeFed, "DNSEndpoint controllers".
 */

import { collectionPath, resourceName } from '../../../api/kubefed/api-resource.ts';
import type { DnsRecord } from '../../../api/kubefed/dns-record-objects.ts';
import { ENDPOINTS_ANNOTATION } from '../../../api/kubefed/kubefed-config.ts';
import { endpointsOf } from '../../../discovery/kubefed-records/dns-endpoints.ts';
import {
  ownNames,
  type PlannedRecord,
  planRecord,
} from '../../../discovery/kubefed-records/plan-record.ts';
import { foreignNames, namesTroubles } from '../../../discovery/kubefed-records/record-conflict.ts';
import { shortened } from '../../../discovery/kubefed-records/shortened.ts';
import { TTL_SECONDS_DEFAULT } from '../../../discovery/ladder/plan-records.ts';
import { canonicalHost } from '../../../discovery/shards-file.ts';
import { InputError } from '../../../dns/errors.ts';
import { ApiError } from '../../../kubernetes/api-error.ts';
import type { ListWatchLimits } from '../../../kubernetes/limits.ts';
import { FollowedCollection } from '../../../kubernetes/reconciling/followed-collection.ts';
import { DONE, type Outcome, type WorkQueue } from '../../../kubernetes/reconciling/work-queue.ts';
import type { LookUpHost } from '../../../probe/host-addresses.ts';
import { outcomeOf } from '../../outcome-of.ts';
import { UNREAD_RETRY_MS } from '../limits.ts';
import type { RecordClaims } from '../record-claims.ts';
import { recordWork } from '../record-queue.ts';
import { type RecordPlace, writeRecordStatus } from '../write-record-status.ts';
import {
  ENDPOINT_RESOURCES,
  endpointName,
  endpointObject,
  endpointPatch,
  isAsWanted,
  isOfOthers,
  recordOfEndpoint,
  type SeenEndpoint,
  seenEndpoint,
  type WantedEndpoint,
} from './endpoint-object.ts';
import { RecordHosts } from './record-hosts.ts';
import { conditionOf, type EndpointTrouble } from './written-condition.ts';

export interface DnsEndpointsOptions extends RecordPlace {
  /** The control plane's own, of a federation that is no more than a namespace. */
  readonly onlyNamespace: string | undefined;
  readonly records: {
    readonly service: Pick<FollowedCollection<DnsRecord>, 'get' | 'keys'>;
    readonly ingress: Pick<FollowedCollection<DnsRecord>, 'get' | 'keys'>;
  };
  readonly claims: Pick<RecordClaims, 'isRead' | 'domainOf' | 'conflictOf'>;
  /** False: nothing is written, and each record says so. */
  readonly isWanted: boolean;
  readonly onHostFailure: (host: string, reason: string) => void;
  readonly onFault: (key: string, error: unknown) => void;
  readonly lookUp?: LookUpHost | undefined;
  readonly limits?: Partial<ListWatchLimits> | undefined;
}

/** Of keys here: `service/namespace/name`. */
type RecordWord = 'service' | 'ingress';

export class DnsEndpoints {
  readonly #options: DnsEndpointsOptions;
  readonly #queue: WorkQueue;
  readonly #hosts: RecordHosts;
  readonly #apis: readonly {
    readonly resource: (typeof ENDPOINT_RESOURCES)[number];
    readonly objects: FollowedCollection<SeenEndpoint>;
  }[];

  constructor(options: DnsEndpointsOptions) {
    this.#options = options;
    const { host, onlyNamespace, onHostFailure, onFault, lookUp, limits } = options;
    this.#queue = recordWork({
      controller: 'dns-endpoints',
      reconcile: (key) => this.#reconcile(key),
      onFault,
    });
    this.#hosts = new RecordHosts({
      onRecord: (key) => this.#queue.hurry(key),
      onFailure: onHostFailure,
      lookUp,
    });
    this.#apis = ENDPOINT_RESOURCES.map((resource) => ({
      resource,
      objects: new FollowedCollection({
        client: host.client,
        path: collectionPath(resource, onlyNamespace),
        project: seenEndpoint,
        onObject: (key) => {
          const record = recordOfEndpoint(key);
          if (record !== undefined) this.#queue.add(record);
        },
        onSynced: () => this.#wakeAll(),
        limits,
      }),
    }));
  }

  start(): void {
    for (const { objects } of this.#apis) objects.start();
    this.#queue.start();
  }

  async stop(): Promise<void> {
    this.#hosts.stop();
    await Promise.all([this.#queue.stop(), ...this.#apis.map(({ objects }) => objects.stop())]);
  }

  wake(word: RecordWord, key: string): void {
    this.#queue.hurry(`${word}/${key}`);
  }

  #wakeAll(): void {
    const { service, ingress } = this.#options.records;
    for (const key of service.keys()) this.#queue.add(`service/${key}`);
    for (const key of ingress.keys()) this.#queue.add(`ingress/${key}`);
  }

  async #reconcile(key: string): Promise<Outcome> {
    const slash = key.indexOf('/');
    const word = key.slice(0, slash) === 'service' ? 'service' : 'ingress';
    const { records, claims } = this.#options;
    if (!claims.isRead) return { kind: 'again', afterMs: UNREAD_RETRY_MS };
    const record = records[word].get(key.slice(slash + 1));
    if (record === undefined || record.isDeleting) {
      // The owner reference takes its objects away.
      this.#hosts.follow(key, new Set());
      return DONE;
    }
    if (!this.#options.isWanted) {
      if (record.status !== undefined) await this.#tell(record, [], [this.#unwanted(record)]);
      return DONE;
    }
    const { domain, problem } = claims.domainOf(record);
    if (problem?.reason === 'NamespaceNotAllowed') {
      this.#hosts.follow(key, new Set());
      return await this.#withdraw(record, { ...problem, reason: problem.reason });
    }
    // Nobody has looked at its clusters yet, or found its Domain: nothing is known of its names.
    const lacksDomain = record.kind === 'ServiceDNSRecord' && domain === undefined;
    if (record.status === undefined || lacksDomain) return DONE;
    return await this.#bring(key, record, domain);
  }

  /** Whether what is there goes is its owner's to say: ExternalDNS would take its names away. */
  #unwanted(record: DnsRecord): EndpointTrouble {
    const name = endpointName(record);
    const isThere = this.#apis.some(
      ({ objects }) => objects.get(`${record.namespace}/${name}`) !== undefined,
    );
    const left = isThere ? `; ${name} stays as it stands until it is deleted` : '';
    const message = `annotation ${ENDPOINTS_ANNOTATION} of the KubeFedConfig is "false"${left}`;
    return { reason: 'NotWanted', message };
  }

  /** What is there says nothing any more; nothing is made. */
  async #withdraw(record: DnsRecord, trouble: EndpointTrouble): Promise<Outcome> {
    const troubles = [trouble];
    const outcome = await this.#writeAll(record, undefined, troubles);
    // Its first status is to be of the loop that looks at its clusters.
    if (record.status !== undefined) await this.#tell(record, [], troubles);
    return outcome;
  }

  async #bring(key: string, record: DnsRecord, domain: string | undefined): Promise<Outcome> {
    const troubles: EndpointTrouble[] = [];
    const remembered = this.#remembered(record);
    const resolve = (host: string) => this.#hosts.get(host) ?? remembered.get(host);
    const options = { resolve, ttlSeconds: TTL_SECONDS_DEFAULT };
    const planned = planOrTell(() => planRecord(record, domain, options), troubles);
    if (planned === undefined) {
      await this.#tell(record, [], troubles);
      return DONE;
    }
    this.#hosts.follow(key, planned.hosts);
    const hosts = [...planned.hosts].map(canonicalHost);
    // Its first answer comes within seconds; without it addresses that are good would go.
    const isAwaiting = hosts.some(
      (host) => resolve(host) === undefined && this.#hosts.isAwaited(host),
    );
    if (isAwaiting) return DONE;
    const unresolved = hosts.filter((host) => (resolve(host) ?? []).length === 0);
    if (unresolved.length > 0) {
      const message = `${shortened(unresolved, ', ')}: no address is found`;
      troubles.push({ reason: 'HostNotResolved', message });
    }
    const conflict = this.#options.claims.conflictOf(record);
    troubles.push(...namesTroubles(conflict));
    const isNamedOtherwise = record.kind === 'ServiceDNSRecord' && record.externalName !== '';
    const wanted: WantedEndpoint = {
      endpoints: endpointsOf(
        ownNames(planned, foreignNames(conflict)),
        isNamedOtherwise ? record.name : undefined,
      ),
      resolved: Object.fromEntries(
        hosts.flatMap((host) => {
          const addresses = resolve(host) ?? [];
          return addresses.length === 0 ? [] : [[host, addresses]];
        }),
      ),
    };
    const outcome = await this.#writeAll(record, wanted, troubles);
    await this.#tell(record, wanted.endpoints, troubles);
    return outcome;
  }

  /**
   * An API that cannot be written to keeps nothing from the other. `wanted` undefined: of what is
   * there nothing is left, and what is not is not made.
   */
  async #writeAll(
    record: DnsRecord,
    wanted: WantedEndpoint | undefined,
    troubles: EndpointTrouble[],
  ): Promise<Outcome> {
    const { host } = this.#options;
    const outcomes: Outcome[] = [];
    for (const { resource, objects } of this.#apis) {
      // The host has no such API, or it was not read yet, and wakes all when it is.
      if (!objects.hasSynced) continue;
      try {
        const name = endpointName(record);
        const seen = objects.get(`${record.namespace}/${name}`);
        if (seen !== undefined && isOfOthers(seen, record)) {
          const message = `${resourceName(resource)} ${name} is of ${seen.owners.join(', ')}`;
          troubles.push({ reason: 'NotOurs', message });
          continue;
        }
        // Its end comes first; then it is made anew.
        if (seen?.isDeleting || (seen && isAsWanted(seen, record, wanted ?? NOTHING))) continue;
        const path = collectionPath(resource, record.namespace);
        if (seen !== undefined) {
          await host.patch(`${path}/${name}`, endpointPatch(seen, record, wanted ?? NOTHING));
        } else if (wanted !== undefined) {
          await host.post(path, endpointObject(resource, record, wanted));
        }
      } catch (error) {
        outcomes.push(outcomeOf(error));
        const isPassing = error instanceof ApiError && error.status === 409;
        const message = error instanceof Error ? error.message : String(error);
        if (!isPassing) troubles.push({ reason: 'WriteFailed', message });
      }
    }
    return outcomes.find(({ kind }) => kind === 'failed') ?? outcomes[0] ?? DONE;
  }

  #remembered(record: DnsRecord): ReadonlyMap<string, readonly string[]> {
    const key = `${record.namespace}/${endpointName(record)}`;
    const resolved = this.#apis.map(({ objects }) => objects.get(key)?.resolved);
    return new Map(resolved.flatMap((one) => [...(one ?? [])]));
  }

  async #tell(
    record: DnsRecord,
    endpoints: readonly unknown[],
    troubles: readonly EndpointTrouble[],
  ): Promise<void> {
    const condition = conditionOf(endpoints.length, troubles);
    await writeRecordStatus(this.#options, record, { fields: {}, conditions: [condition] });
  }
}

const NOTHING: WantedEndpoint = { endpoints: [], resolved: {} };

/** undefined: it can have no names, and why is among the troubles. */
function planOrTell(
  plan: () => PlannedRecord | undefined,
  troubles: EndpointTrouble[],
): PlannedRecord | undefined {
  try {
    return plan();
  } catch (error) {
    // A name too long, or none: whatever it is, it is of this record alone.
    if (!(error instanceof InputError)) throw error;
    troubles.push({ reason: 'NameInvalid', message: error.message });
    return undefined;
  }
}
