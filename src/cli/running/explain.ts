/** `fedns explain NAME`: why a name answers what it answers, level by level. */

import type { Command } from 'commander';
import { z } from 'zod';
import { choice } from '../flags.ts';
import { print } from '../output.ts';
import { askServer } from './ask-server.ts';

const FORMATS = ['text', 'json'] as const;
/** Keys of others' entries that are printed. */
const FOREIGN_MAX = 5;

const SHARD = z.object({
  cluster: z.string(),
  isIn: z.boolean(),
  cause: z.string(),
  policy: z.string(),
  api: z.string(),
  apiForSeconds: z.number(),
  probe: z.string(),
  probeForSeconds: z.number().optional(),
  probeReason: z.string().optional(),
  addresses: z.array(z.string()),
  object: z.string(),
  resourceVersion: z.string().optional(),
  until: z.string(),
});
const EXPLAINED = z.looseObject({
  levels: z.array(
    z.object({
      name: z.string(),
      level: z.string(),
      place: z.string(),
      ttlSeconds: z.number(),
      answer: z.string(),
      shards: z.array(SHARD),
    }),
  ),
  sinceRevision: z.number().optional(),
  writer: z.string().optional(),
  /** Entries of others at this name. */
  foreign: z.array(z.string()).optional(),
  detectionSeconds: z.union([z.number(), z.literal('never')]),
});
type Level = z.infer<typeof EXPLAINED>['levels'][number];

export function addExplain(program: Command): void {
  program
    .command('explain <name>')
    .description('why a name answers what it answers: every shard, in or out, and its one cause')
    .option('-c, --config <file>', 'configuration file of the server (also FEDNS_CONFIG)')
    .option('--at <revision>', 'as it was at this revision of the store')
    .option('--store-folder <folder...>', 'state folder of the running server')
    .addOption(choice('-o, --output <format>', FORMATS, 'text'))
    .action(explain);
}

async function explain(name: string, flags: Record<string, unknown>): Promise<void> {
  const at = flags['at'] === undefined ? '' : `&at=${encodeURIComponent(String(flags['at']))}`;
  const said = await askServer(flags, `GET /explain?name=${encodeURIComponent(name)}${at}`);
  const explained = EXPLAINED.parse(said);
  if (flags['output'] === 'json') {
    print(JSON.stringify(explained, null, 2));
    return;
  }
  const { levels, sinceRevision, writer, foreign = [], detectionSeconds } = explained;
  print(levels.map(describeLevel).join('\n'));
  const since = sinceRevision === undefined ? 'not written yet' : `since revision ${sinceRevision}`;
  print(`${since}${writer === undefined ? '' : `, writer ${writer}`}`);
  if (foreign.length > 0) {
    const more = foreign.length > FOREIGN_MAX ? ', …' : '';
    const keys = foreign.slice(0, FOREIGN_MAX).join(', ');
    print(
      `not answered, for the name is ours: ${foreign.length} entries of others: ${keys}${more}`,
    );
  }
  const ttlSeconds = levels[0]?.ttlSeconds ?? 0;
  print(
    detectionSeconds === 'never'
      ? 'a client never leaves a dead cluster by itself (deathGraceSeconds)'
      : `a client leaves a dead cluster after at most ${detectionSeconds + ttlSeconds} s: ${detectionSeconds} s until it is out, and the TTL`,
  );
}

function describeLevel({ name, level, place, ttlSeconds, answer, shards }: Level): string {
  const where = place === '' ? level : `${level} ${place}`;
  const head = `${name}  (${where})  TTL ${ttlSeconds}\n  ${answer}`;
  if (shards.length === 0) return `${head}\n    no shard counts here`;
  return [head, ...shards.map(describeShard)].join('\n');
}

function describeShard(shard: z.infer<typeof SHARD>): string {
  const seconds = shard.probeForSeconds === undefined ? '' : ` ${shard.probeForSeconds} s`;
  const reason = shard.probeReason === undefined ? '' : ` (${shard.probeReason})`;
  const probe = `probe ${shard.probe}${seconds}${reason}`;
  const version = shard.resourceVersion === undefined ? '' : ` @${shard.resourceVersion}`;
  return [
    `    ${shard.isIn ? 'in ' : 'out'}  ${shard.cluster}: ${shard.cause}`,
    `         ${shard.addresses.join(' ') || 'no address'}; ${shard.object}${version}`,
    `         api ${shard.api} ${shard.apiForSeconds} s, ${probe}, policy ${shard.policy}`,
    `         until ${shard.until}`,
  ].join('\n');
}
