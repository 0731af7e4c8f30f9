/** What this process has and may have (descriptors, memory), and what it knows of the store. */

import { readdirSync, readFileSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import type { AnswerPage } from '../../admin/http-server.ts';
import { formatName } from '../../dns/name.ts';
import { PROBE_DEFAULTS } from '../../probe/probe-settings.ts';
import type { Alarms } from '../../runtime/alarms.ts';
import { type Config, watchesMembers } from '../config/config-schema.ts';
import type { DnsServer } from '../dns-server.ts';
import { jsonPage } from './json-page.ts';

export interface ProcessSource {
  readonly config: Config;
  readonly alarms: Alarms;
  /** undefined: this process answers no queries. */
  readonly dns: DnsServer | undefined;
}

export function processPage(source: ProcessSource): [string, AnswerPage] {
  return ['GET /process', () => jsonPage(processFacts(source))];
}

function processFacts({ config, alarms, dns }: ProcessSource): object {
  return {
    alarms: alarms.active,
    descriptors: {
      open: openDescriptors(),
      limit: descriptorLimit(),
      needed: descriptorsNeeded(config),
    },
    memory: {
      residentOctets: process.memoryUsage.rss(),
      limitOctets: memoryLimit(),
      heapOctets: getHeapStatistics().used_heap_size,
      heapLimitOctets: getHeapStatistics().heap_size_limit,
    },
    ...(dns !== undefined && { store: storeFacts(dns), threads: dns.threads.aliveCount }),
  };
}

function storeFacts({ follower, view }: DnsServer): object {
  const { hasSynced, isStale, contactAt, revision, holds, cappedCount, lagMs } = follower.status;
  const { ignored, skipped } = view.counts();
  return {
    hasSynced,
    isStale,
    revision,
    contactAgeSeconds: Math.round((performance.now() - contactAt) / 1000),
    lagSeconds: Math.round(lagMs / 1000),
    held: holds
      .filter(({ heldNames }) => heldNames > 0)
      .map(({ apex, heldNames }) => ({ zone: formatName(apex), names: heldNames })),
    cappedNames: cappedCount,
    ignoredAtOurNames: ignored,
    unreadable: [...skipped.values()].reduce((sum, count) => sum + count, 0),
  };
}

/** Clients, probes, and what a process with its members and store has anyway. */
function descriptorsNeeded(config: Config): number {
  const probes = watchesMembers(config) ? PROBE_DEFAULTS.atOnceMax : 0;
  return config.tcp.connectionsMax + probes + 1024;
}

function openDescriptors(): number | undefined {
  return tried(() => readdirSync('/proc/self/fd').length);
}

/** The soft limit; Linux only. */
function descriptorLimit(): number | undefined {
  const line = tried(() => readFileSync('/proc/self/limits', 'utf8'))?.match(
    /^Max open files\s+(\d+)/m,
  );
  return line?.[1] === undefined ? undefined : Number(line[1]);
}

/** Of our control group (version 2, then 1), else all that the machine has. */
function memoryLimit(): number | undefined {
  const files = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'];
  const limits = files.map((file) => Number(tried(() => readFileSync(file, 'utf8')) ?? Number.NaN));
  const total = tried(() => readFileSync('/proc/meminfo', 'utf8'))?.match(/^MemTotal:\s+(\d+) kB/m);
  const all = [...limits, Number(total?.[1] ?? Number.NaN) * 1024].filter((one) => one > 0);
  return all.length === 0 ? undefined : Math.min(...all);
}

function tried<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
