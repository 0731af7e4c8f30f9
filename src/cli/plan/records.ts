/**
 * `fedns plan records`: what a shards file would publish, or KubeFed's records by their status.
 * Offline: no store, no network.
 */

import type { Command } from 'commander';
import { planAllRecords } from '../../discovery/kubefed-records/plan-all-records.ts';
import {
  type PlanOptions,
  planRecords,
  type RecordPlan,
  TTL_SECONDS_DEFAULT,
} from '../../discovery/ladder/plan-records.ts';
import { parseShardsFile } from '../../discovery/shards-file.ts';
import { entriesOf } from '../../store/skydns/own-entry.ts';
import { choice } from '../flags.ts';
import { complain, print, VerbError } from '../output.ts';
import { asJson, asZone } from '../records/record-text.ts';
import type { NamedText } from './read-file.ts';
import { holdsManifests, manifestsOf, readManifestTexts } from './read-manifest-files.ts';
import { recordsOf } from './record-manifests.ts';

const FORMATS = ['zone', 'json', 'skydns'] as const;
const ZONE_NAMES = ['nested', 'flat', 'both'] as const;

interface PlanFlags {
  readonly file: readonly string[];
  readonly output: (typeof FORMATS)[number];
  readonly zoneNames: (typeof ZONE_NAMES)[number];
  readonly ttlSeconds: string;
}

export function addPlanningRecords(plan: Command): void {
  plan
    .command('records')
    .description("the records of a shards file, or of KubeFed's Domains and DNS records")
    .requiredOption(
      '-f, --file <file...>',
      'a shards file, or manifests with their status (folders, too); - reads standard input',
    )
    .addOption(choice('-o, --output <format>', FORMATS, 'zone'))
    .addOption(choice('--zone-names <form>', ZONE_NAMES, 'nested'))
    .option('--ttl-seconds <n>', 'where the file says none', String(TTL_SECONDS_DEFAULT))
    .action((flags: PlanFlags) => planFiles(flags));
}

function planFiles(flags: PlanFlags): void {
  const ttlSeconds = Number(flags.ttlSeconds);
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1) {
    throw new VerbError(`--ttl-seconds: "${flags.ttlSeconds}" is no number of seconds`, 2);
  }
  const options = { zoneNames: flags.zoneNames, ttlSeconds };
  const texts = readManifestTexts(flags.file);
  const [shards, ...others] = texts;
  const isShardsFile = others.length === 0 && shards !== undefined && !holdsManifests(shards);
  const plan = isShardsFile ? planShards(shards, options) : planManifests(texts, options);
  print(render(plan, flags.output));
}

type Options = Pick<PlanOptions, 'zoneNames' | 'ttlSeconds'>;

function planShards({ text, file }: NamedText, options: Options): RecordPlan {
  const shards = parseShardsFile(text, file);
  return planRecords(shards, { ...options, resolve: (host) => shards.resolved.get(host) });
}

function planManifests(texts: readonly NamedText[], options: Options): RecordPlan {
  const read = recordsOf(texts.flatMap(manifestsOf));
  const plan = planAllRecords(read, { ...options, resolve: (host) => read.resolved.get(host) });
  for (const remark of [...read.remarks, ...plan.remarks]) complain(remark);
  return plan;
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
