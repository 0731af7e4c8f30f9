/** `fedns status`: the whole federation on one screen, what is stale and alarming first. */

import type { Command } from 'commander';
import { z } from 'zod';
import { choice } from '../flags.ts';
import { print, table, VerbError } from '../output.ts';
import { askServer } from './ask-server.ts';
import {
  askControlPlane,
  askPage,
  type ControlPlaneStatus,
  controlPlaneTroubles,
  describeControlPlane,
} from './control-plane-status.ts';
import { SEEN_MEMBERS, type SeenMember } from './members.ts';

const STATUS = z.object({
  alarms: z.array(z.string()),
  suspectsSelf: z.boolean(),
  drains: z.array(z.string()),
  /** Members with more services than members.servicesMax. */
  refused: z.array(z.object({ cluster: z.string(), published: z.number(), refused: z.number() })),
  services: z.number(),
  empty: z.number(),
  in: z.number(),
  out: z.number(),
  troubled: z.array(z.object({ service: z.string(), cluster: z.string(), cause: z.string() })),
  leftOut: z.array(z.object({ object: z.string(), reason: z.string() })),
  leftOutCount: z.number(),
  detectionSeconds: z.union([z.number(), z.literal('never')]),
  ttlSeconds: z.number(),
  propagation: z.record(
    z.string(),
    z.object({ count: z.number(), p50Ms: z.number(), p99Ms: z.number() }),
  ),
});
const STANDING = z.object({ state: z.string(), leader: z.string().optional() });
type Status = z.infer<typeof STATUS>;

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('the whole federation on one screen, what is wrong first; exit 1 on an alarm')
    .option('-c, --config <file>', 'configuration file of the server (also FEDNS_CONFIG)')
    .option('--store-folder <folder...>', 'state folder of the running server or controller')
    .addOption(choice('-o, --output <format>', ['text', 'json'], 'text'))
    .action(status);
}

async function status(flags: Record<string, unknown>): Promise<void> {
  const federation = await askControlPlane(flags);
  const page = federation && (await askPage(flags, 'GET /status', z.unknown()));
  if (federation !== undefined && page === undefined) {
    tellControlPlane(federation, flags['output'] === 'json');
    return;
  }
  const said = STATUS.parse(page ?? (await askServer(flags, 'GET /status')));
  const members = SEEN_MEMBERS.parse(await askServer(flags, 'GET /members'));
  const standing = STANDING.parse(await askServer(flags, 'GET /standing'));
  if (flags['output'] === 'json') {
    print(JSON.stringify({ ...said, members, standing, federation }, null, 2));
  } else print(describe(said, { members, standing, federation }));
  refuseOn(said.alarms);
}

/** Of a controller that publishes nothing: its control plane is all there is. */
function tellControlPlane(federation: ControlPlaneStatus, isJson: boolean): void {
  if (isJson) print(JSON.stringify({ federation }, null, 2));
  else {
    const alarms = federation.alarms.map((alarm) => `ALARM  ${alarm}`);
    const lines = [...alarms, ...controlPlaneTroubles(federation)];
    const first = lines.length === 0 ? ['all is well'] : lines;
    print([...first, '', describeControlPlane(federation)].join('\n'));
  }
  refuseOn(federation.alarms);
}

function refuseOn(alarms: readonly string[]): void {
  if (alarms.length > 0) throw new VerbError(`alarms: ${alarms.join(', ')}`, 1);
}

interface Around {
  readonly members: readonly SeenMember[];
  readonly standing: z.infer<typeof STANDING>;
  readonly federation: ControlPlaneStatus | undefined;
}

function describe(said: Status, { members, standing, federation }: Around): string {
  const lines = said.alarms.map((alarm) => `ALARM  ${alarm}`);
  if (federation !== undefined) lines.push(...controlPlaneTroubles(federation));
  const unwell = members.filter(({ api, isSynced }) => api !== 'fresh' || !isSynced);
  for (const { name, api, apiForSeconds, reason } of unwell) {
    lines.push(`LOST   member ${name}: ${api} ${apiForSeconds} s, ${reason ?? 'not read yet'}`);
  }
  for (const { cluster, published, refused } of said.refused) {
    lines.push(`QUOTA  member ${cluster}: ${published} services published, ${refused} refused`);
  }
  for (const drain of said.drains) lines.push(`DRAIN  ${drain}`);
  if (said.leftOutCount > 0) {
    lines.push(`PARTLY ${said.leftOutCount} services are not, or not wholly, published`);
  }
  if (said.services === 0 && members.length > unwell.length) {
    lines.push('NOTHING  no Service takes part: see members.select, or make ServiceExports');
  }
  if (said.empty > 0) lines.push(`EMPTY  ${said.empty} services without any healthy shard`);
  if (lines.length === 0) lines.push('all is well');
  const worst =
    said.detectionSeconds === 'never'
      ? 'never (deathGraceSeconds)'
      : `${said.detectionSeconds} s + TTL ${said.ttlSeconds} s`;
  lines.push(
    '',
    `members   ${members.length - unwell.length} of ${members.length} fresh`,
    `services  ${said.services}; shards ${said.in} in, ${said.out} out`,
    `writes    ${standing.state}${standing.leader === undefined ? '' : ` (leader ${standing.leader})`}`,
    `a client leaves a dead cluster after at most ${worst}`,
  );
  if (federation !== undefined) lines.push('', describeControlPlane(federation));
  const hops = Object.entries(said.propagation).map(([hop, { count, p50Ms, p99Ms }]) => {
    return [hop, String(count), `${p50Ms.toFixed(0)} ms`, `${p99Ms.toFixed(0)} ms`];
  });
  if (hops.length > 0) lines.push('', table(['CHANGES', 'COUNT', 'P50', 'P99'], hops));
  if (said.troubled.length > 0) {
    const rows = said.troubled.map(({ service, cluster, cause }) => [service, cluster, cause]);
    lines.push('', table(['SERVICE', 'CLUSTER', 'WHY'], rows));
  }
  if (said.leftOut.length > 0) {
    const rows = said.leftOut.map(({ object, reason }) => [object, reason]);
    lines.push('', table(['NOT (WHOLLY) PUBLISHED', 'WHY'], rows));
  }
  return lines.join('\n');
}
