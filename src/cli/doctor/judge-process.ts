/** What a running server tells of itself and its store -> findings. Pure. */

import { z } from 'zod';
import { ALARMS } from '../../runtime/alarms.ts';
import { type Finding, orWell } from './finding.ts';

const STORE = z.object({
  hasSynced: z.boolean(),
  isStale: z.boolean(),
  revision: z.number(),
  contactAgeSeconds: z.number(),
  lagSeconds: z.number(),
  held: z.array(z.object({ zone: z.string(), names: z.number() })),
  cappedNames: z.number(),
  ignoredAtOurNames: z.number(),
  unreadable: z.number(),
});
/** `GET /process`. */
export const PROCESS = z.object({
  alarms: z.array(z.string()),
  descriptors: z.object({
    open: z.number().optional(),
    limit: z.number().optional(),
    /** What the configuration allows to be open at once. */
    needed: z.number(),
  }),
  memory: z.object({
    residentOctets: z.number(),
    limitOctets: z.number().optional(),
    heapOctets: z.number(),
    heapLimitOctets: z.number(),
  }),
  store: STORE.optional(),
});
export type ProcessFacts = z.infer<typeof PROCESS>;

/** A change takes well under a second into the answers: more for long is stuck. */
const LAG_SECONDS_MAX = 10;
/** Of memory or heap in use; above, a burst ends the process. */
const FULL_SHARE = 0.85;

export function judgeAlarms({ alarms }: ProcessFacts): Finding[] {
  const findings = alarms.map((alarm): Finding => {
    const known = Object.hasOwn(ALARMS, alarm) ? ALARMS[alarm as keyof typeof ALARMS] : undefined;
    const { means, remedy } = known ?? { means: 'of a newer version', remedy: 'see its runbook' };
    return { grade: 'broken', check: 'alarms', found: `${alarm}: ${means}`, remedy };
  });
  return orWell('alarms', findings, 'none is on');
}

export function judgeServedStore({ store }: ProcessFacts): Finding[] {
  if (store === undefined) return [];
  const findings: Finding[] = [];
  const found = (grade: Finding['grade'], text: string, remedy: string) =>
    findings.push({ grade, check: 'store', found: text, remedy });
  const reach = 'is the store up, may we reach and read it: answers stay meanwhile';
  if (!store.hasSynced) found('broken', 'it was not read whole yet', reach);
  else if (store.isStale) found('broken', `no word for ${store.contactAgeSeconds} s`, reach);
  for (const { zone, names } of store.held) {
    found('broken', `${names} removals of ${zone} are held`, `meant: fedns store accept ${zone}`);
  }
  if (store.lagSeconds > LAG_SECONDS_MAX) {
    const text = `a change is on its way into the answers for ${store.lagSeconds} s`;
    found('broken', text, 'restart with --takeover, and report it');
  }
  if (store.unreadable > 0) {
    found('risk', `${store.unreadable} values cannot be read`, 'fedns records check names them');
  }
  if (store.ignoredAtOurNames > 0) {
    const text = `${store.ignoredAtOurNames} entries of strangers at names of ours are ignored`;
    found('risk', text, 'fedns records check; let their writer use other names');
  }
  if (store.cappedNames > 0) {
    const text = `${store.cappedNames} names have more records than fit: only a part is served`;
    found('risk', text, 'answers.recordsMax, or fewer addresses a name');
  }
  return orWell('store', findings, `at revision ${store.revision}, all of it readable`);
}

export function judgeLimits({ descriptors, memory }: ProcessFacts): Finding[] {
  const findings: Finding[] = [];
  const { limit, needed } = descriptors;
  if (limit !== undefined && limit < needed) {
    findings.push({
      grade: 'risk',
      check: 'limits',
      found: `${limit} files may be open, up to ${needed} are needed (${descriptors.open ?? '?'} are)`,
      remedy: `LimitNOFILE=${needed} in the unit, or ulimit -n, or lower tcp.connectionsMax`,
    });
  }
  const shares = [
    ['memory', memory.residentOctets, memory.limitOctets, 'more memory for the container'],
    ['heap', memory.heapOctets, memory.heapLimitOctets, 'NODE_OPTIONS=--max-old-space-size'],
  ] as const;
  for (const [what, used, max, remedy] of shares) {
    if (max === undefined || used <= FULL_SHARE * max) continue;
    const text = `${megabytes(used)} of ${megabytes(max)} MB of ${what} in use`;
    findings.push({ grade: 'risk', check: 'limits', found: text, remedy });
  }
  const well = `${descriptors.open ?? '?'} of ${limit ?? '?'} files open, ${megabytes(memory.residentOctets)} MB resident`;
  return orWell('limits', findings, well);
}

function megabytes(octets: number): number {
  return Math.round(octets / 1e6);
}
