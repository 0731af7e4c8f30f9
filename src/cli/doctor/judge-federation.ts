/** What the running server tells of services and places -> findings. Pure. */

import { z } from 'zod';
import { type Finding, orWell } from './finding.ts';

const rowsOf = <Row extends z.ZodType>(row: Row) =>
  z.object({ count: z.number(), rows: z.array(row) });

/** `GET /federation`. */
export const FEDERATION = z.object({
  services: z.number(),
  empty: rowsOf(z.object({ service: z.string() })),
  bare: rowsOf(z.object({ service: z.string(), place: z.string() })),
  silent: rowsOf(z.object({ service: z.string(), cluster: z.string() })),
  leftOut: rowsOf(z.object({ object: z.string(), reason: z.string() })),
  drains: z.array(z.string()),
  probesInTrouble: z.boolean(),
});
export type FederationFacts = z.infer<typeof FEDERATION>;

export function judgeFederation(facts: FederationFacts): Finding[] {
  const { empty, bare, silent, leftOut, drains, services } = facts;
  const explain = 'fedns explain NAME says why of each shard';
  const findings = [
    ...told(empty, 'broken', ({ service }) => `${service}: no healthy copy anywhere`, explain),
    ...told(
      silent,
      'risk',
      ({ service, cluster }) =>
        `${service}: ${cluster} says it is well, and its addresses do not answer`,
      'load balancer, firewall or a wrong port there; fedns.io/probe says what to ask',
    ),
    ...told(
      bare,
      'risk',
      ({ service, place }) => `${service}: no healthy copy in ${place}`,
      explain,
    ),
    ...told(
      leftOut,
      'risk',
      ({ object, reason }) => `${object}: ${reason}`,
      'mend the object: what is wrong of it is left out of the names',
    ),
    ...drains.map(
      (subject): Finding => ({
        grade: 'note',
        check: 'federation',
        found: `${subject} is drained by hand`,
        remedy: `when it may be back: fedns undrain ${subject}`,
      }),
    ),
  ];
  if (facts.probesInTrouble) {
    findings.unshift({
      grade: 'broken',
      check: 'probes',
      found: 'most probes fail for a reason of this machine',
      remedy: 'descriptors, routes, firewall of this machine: probes decide nothing meanwhile',
    });
  }
  return orWell('federation', findings, `${services} services, a healthy copy in every place`);
}

/** The first of them by name, the others by number. */
function told<Row>(
  { count, rows }: { readonly count: number; readonly rows: readonly Row[] },
  grade: Finding['grade'],
  text: (row: Row) => string,
  remedy: string,
): Finding[] {
  const named = rows.slice(0, NAMED_MAX);
  const findings = named.map((row): Finding => {
    return { grade, check: 'federation', found: text(row), remedy };
  });
  if (count > named.length) {
    const found = `and ${count - named.length} more like this`;
    findings.push({ grade, check: 'federation', found, remedy: '' });
  }
  return findings;
}

const NAMED_MAX = 10;
