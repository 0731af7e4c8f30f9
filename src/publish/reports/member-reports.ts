/**
 * What members say of one service or host, into the book: which copies are federated, whose names can be
 * published, and the report of each. Only members that were read whole speak; of the others the
 * book keeps the last word.
 */

import type { DecideContext } from '../../discovery/health/decide-service.ts';
import { judgeHost } from '../../discovery/health/host-report.ts';
import { readShardReport, type ShardReport } from '../../discovery/health/shard-report.ts';
import { checkedLabel, hostOfKey, type LadderNaming } from '../../discovery/owner-names.ts';
import { InputError } from '../../dns/errors.ts';
import type { Member } from '../../members/member.ts';
import type { MemberService } from '../../members/objects/member-objects.ts';
import type { MemberRegistry } from '../../members/registry.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { ShardBook } from '../book/shard-book.ts';
import type { ContributedMembers } from '../contributed/contributed-members.ts';
import { type ReadHost, readHost, type SelectHosts } from './host-reports.ts';
import type { ServiceQuota } from './service-quota.ts';
import { tellOwner } from './tell-owner.ts';

/** Whether this copy takes part (beside those that a ServiceExport marks). */
export type SelectServices = (service: MemberService['service']) => boolean;

export interface MemberReportsOptions {
  readonly registry: MemberRegistry;
  readonly contributed: ContributedMembers | undefined;
  readonly book: ShardBook;
  readonly select: SelectServices;
  readonly defaultPolicy: DecideContext['defaultPolicy'];
  readonly selectHosts: SelectHosts;
  readonly naming: () => LadderNaming;
  readonly quota: ServiceQuota;
  readonly logger: Logger;
}

export class MemberReports {
  readonly #options: MemberReportsOptions;
  /** `cluster key` -> what was told of it last: once, until it is another. */
  readonly #told = new Map<string, string>();

  constructor(options: MemberReportsOptions) {
    this.#options = options;
  }

  /** `cluster namespace/name` -> what of it could not be read. */
  get problems(): ReadonlyMap<string, string> {
    return this.#told;
  }

  take(cluster: string, key: string): void {
    const { registry, contributed, book, quota } = this.#options;
    const member = registry.get(cluster)?.member;
    const others = member === undefined ? contributed?.get(cluster) : undefined;
    if (others !== undefined) {
      // What cannot be read leaves what was known.
      if (others.status.hasSynced && contributed?.isReadable(cluster, key) === true)
        this.#takeReport(cluster, key, contributed.report(cluster, key));
      return;
    }
    // What is held of a member that cannot be seen is old; another leader may have known better.
    if (!member?.status.hasSynced || member.status.api !== 'fresh') return;
    const before = book.shardsOf(key).get(cluster);
    const read = this.#read(member, key, before?.report);
    if (read.kind === 'unknown') return;
    if (read.kind === 'gone') {
      book.set(cluster, key, undefined);
      quota.forget(cluster, key);
    }
    const isAdmitted = read.kind === 'said' && quota.admits(cluster, key);
    this.#tell(cluster, key, isAdmitted || read.kind === 'gone' ? read.problems : []);
    if (read.kind !== 'said' || !isAdmitted) return;
    this.#put(cluster, key, read.report);
  }

  /** As a contributor has read it. */
  #takeReport(cluster: string, key: string, report: ShardReport | undefined): void {
    const { book, quota } = this.#options;
    if (report === undefined) {
      book.set(cluster, key, undefined);
      quota.forget(cluster, key);
      this.#tell(cluster, key, []);
      return;
    }
    const problem = this.#problemOf(key);
    const isAdmitted = problem === undefined && quota.admits(cluster, key);
    this.#tell(cluster, key, problem === undefined ? [] : [problem]);
    if (isAdmitted) this.#put(cluster, key, report);
  }

  /** Why another may not say this. */
  #problemOf(key: string): string | undefined {
    const host = hostOfKey(key);
    if (host === undefined) return nameProblem(key);
    const judged = judgeHost(host, this.#options.naming());
    if (judged === 'ours') return undefined;
    return judged === 'foreign' ? `${host}: below no domain of ours` : judged.problem;
  }

  #put(cluster: string, key: string, report: ShardReport): void {
    const { book } = this.#options;
    const before = book.shardsOf(key).get(cluster);
    // What other addresses answered says nothing of these.
    const isSamePlace = before !== undefined && placeOf(before.report) === placeOf(report);
    const hasAnswered = isSamePlace && before.hasAnswered;
    book.set(cluster, key, { report, wasOut: before?.wasOut, hasAnswered });
  }

  #read(member: Member, key: string, before: ShardReport | undefined): ReadHost {
    const host = hostOfKey(key);
    if (host !== undefined) {
      const { naming, selectHosts: select, defaultPolicy } = this.#options;
      return readHost({ member, host, naming: naming(), select, before, defaultPolicy });
    }
    const said = member.objects.get(key);
    const takesPart = said && this.#takesPart(said);
    // Not known yet: what took part goes on, and nothing else begins.
    if (said !== undefined && takesPart === undefined && before === undefined) {
      return { kind: 'unknown' };
    }
    if (said === undefined || takesPart === false) return { kind: 'gone', problems: [] };
    const problem = nameProblem(key);
    if (problem !== undefined) return { kind: 'gone', problems: [problem] };
    const defaultPolicy = this.#options.defaultPolicy(namespaceOf(key));
    return { kind: 'said', ...readShardReport(said.service, said, { before, defaultPolicy }) };
  }

  /** undefined: depends on exports that are not known. */
  #takesPart({ service, isExported }: MemberService): boolean | undefined {
    return this.#options.select(service) || isExported;
  }

  #tell(cluster: string, key: string, problems: readonly string[]): void {
    if (problems.length === 0 && this.#told.size === 0) return;
    const id = `${cluster} ${key}`;
    const text = problems.join('; ');
    if ((this.#told.get(id) ?? '') === text) return;
    if (text === '') {
      this.#told.delete(id);
      return;
    }
    this.#told.set(id, text);
    const host = hostOfKey(key);
    const [namespace, objectName] = key.split('/');
    const { logger } = this.#options;
    if (host !== undefined) {
      logger.warn('host read in part', { cluster, ownerName: host, reason: text });
      return;
    }
    logger.warn('service read in part', { cluster, namespace, objectName, reason: text });
    tellOwner(this.#options.registry, cluster, { key, reason: 'ReadInPart', note: text });
  }
}

function placeOf({ targets, tcpPort, wishes }: ShardReport): string {
  const { probe, probeStatuses, probeHost, probeTlsName } = wishes;
  return JSON.stringify([targets, probe ?? tcpPort, probeStatuses, probeHost, probeTlsName]);
}

/** An API server checks names; one that is none, or lies, publishes nothing by it. */
function nameProblem(key: string): string | undefined {
  const [namespace = '', objectName = '', ...rest] = key.split('/');
  if (rest.length > 0) return `"${key}" is no namespace/name`;
  try {
    for (const [label, what] of [
      [namespace, 'namespace'],
      [objectName, 'service name'],
    ] as const) {
      if (checkedLabel(label, what) !== label) return `${what} "${label}" is not lower case`;
    }
    return undefined;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}

function namespaceOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}
