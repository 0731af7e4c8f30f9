/** `fedns plan records`: what a shards file would publish. Offline: no store, no network. */

import type { Command } from 'commander';
import {
  planRecords,
  type RecordPlan,
  TTL_SECONDS_DEFAULT,
} from '../../discovery/ladder/plan-records.ts';
import { parseShardsFile } from '../../discovery/shards-file.ts';
import { entriesOf } from '../../store/skydns/own-entry.ts';
import { choice } from '../flags.ts';
import { print, VerbError } from '../output.ts';
import { asJson, asZone } from '../records/record-text.ts';
import { readNamedText } from './read-file.ts';

const FORMATS = ['zone', 'json', 'skydns'] as const;
const ZONE_NAMES = ['nested', 'flat', 'both'] as const;

interface PlanFlags {
  readonly file: string;
  readonly output: (typeof FORMATS)[number];
  readonly zoneNames: (typeof ZONE_NAMES)[number];
  readonly ttlSeconds: string;
}

export function addPlanningRecords(plan: Command): void {
  plan
    .command('records')
    .description('the records of a shards file')
    .requiredOption('-f, --file <shards.yaml>', 'the shards file; - reads standard input')
    .addOption(choice('-o, --output <format>', FORMATS, 'zone'))
    .addOption(choice('--zone-names <form>', ZONE_NAMES, 'nested'))
    .option('--ttl-seconds <n>', 'where the file says none', String(TTL_SECONDS_DEFAULT))
    .action((flags: PlanFlags) => planFile(flags));
}

function planFile(flags: PlanFlags): void {
  const named = readNamedText(flags.file);
  const file = parseShardsFile(named.text, named.file);
  const ttlSeconds = Number(flags.ttlSeconds);
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1) {
    throw new VerbError(`--ttl-seconds: "${flags.ttlSeconds}" is no number of seconds`, 2);
  }
  const plan = planRecords(file, {
    zoneNames: flags.zoneNames,
    ttlSeconds,
    resolve: (host) => file.resolved.get(host),
  });
  print(render(plan, flags.output));
}

function render(plan: RecordPlan, format: PlanFlags['output']): string {
  const rrsets = [...plan.owners.values()].flatMap((owner) => owner.rrsets);
  switch (format) {
    case 'json':
      return asJson(rrsets);
    case 'zone':
      return asZone(rrsets);
    case 'skydns': {
      const writer = { prefix: '/skydns/', writer: 'fedns' };
      return [...plan.owners]
        .flatMap(([owner, { rrsets }]) => [...entriesOf(owner, rrsets, writer)])
        .map(([key, value]) => `${key}\n${value}`)
        .sort()
        .join('\n');
    }
    default:
      return format satisfies never;
  }
}
