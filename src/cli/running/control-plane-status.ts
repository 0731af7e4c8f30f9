/** The part of `fedns status` about the control plane of a controller. */

import { z } from 'zod';
import { NoPageError } from '../../app/control/control-client.ts';
import { table } from '../output.ts';
import { askServer } from './ask-server.ts';

const CONTROL_PLANE = z.object({
  alarms: z.array(z.string()),
  isLeading: z.boolean(),
  namespace: z.string(),
  clusters: z.array(z.object({ name: z.string(), isReady: z.boolean() })).optional(),
  held: z
    .array(z.object({ type: z.string(), count: z.number(), id: z.string(), reason: z.string() }))
    .default([]),
  tombstones: z
    .array(
      z.object({
        cluster: z.string(),
        type: z.string(),
        object: z.string(),
        action: z.enum(['Delete', 'Release']),
      }),
    )
    .default([]),
  tombstoneCount: z.number().default(0),
});
export type ControlPlaneStatus = z.infer<typeof CONTROL_PLANE>;

/** What the page says; undefined: this process is another. */
export async function askPage<T>(
  flags: Readonly<Record<string, unknown>>,
  page: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  try {
    return schema.parse(await askServer(flags, page));
  } catch (error) {
    if (error instanceof NoPageError) return undefined;
    throw error;
  }
}

/** undefined: no control plane runs in that process. */
export function askControlPlane(
  flags: Readonly<Record<string, unknown>>,
): Promise<ControlPlaneStatus | undefined> {
  return askPage(flags, 'GET /control-plane', CONTROL_PLANE);
}

/** What is wrong, a line each. */
export function controlPlaneTroubles({
  clusters = [],
  namespace,
  held,
}: ControlPlaneStatus): readonly string[] {
  return [
    ...clusters
      .filter(({ isReady }) => !isReady)
      .map(
        ({ name }) =>
          `LOST   cluster ${name} is not ready: kubectl -n ${namespace} describe kubefedcluster ${name}`,
      ),
    ...held.map(
      ({ type, count, id, reason }) =>
        `HELD   ${type}: ${count} removals, ${reason}: fedns accept ${id}`,
    ),
  ];
}

export function describeControlPlane(status: ControlPlaneStatus): string {
  const { isLeading, namespace, clusters, tombstones, tombstoneCount } = status;
  if (clusters === undefined) {
    const who = `kubectl -n ${namespace} get lease kubefed-controller-manager says who`;
    return `federation  ${isLeading ? 'begins to lead' : `standing by: another leads, and knows more (${who})`}`;
  }
  const ready = clusters.filter(({ isReady }) => isReady).length;
  const lines = [`federation  leading; ${ready} of ${clusters.length} clusters ready`];
  if (tombstoneCount === 0) return lines.join('\n');
  const left = tombstoneCount === 1 ? '1 copy is' : `${tombstoneCount} copies are`;
  lines.push(`            ${left} left in clusters that were out of reach`, '');
  const rows = tombstones.map((one) => [one.cluster, one.type, one.object, one.action]);
  lines.push(table(['CLUSTER', 'TYPE', 'LEFT THERE', 'WHEN BACK'], rows));
  const more = tombstoneCount - tombstones.length;
  if (more > 0) lines.push(`and ${more} more: fedns get tombstones`);
  return lines.join('\n');
}
