/** `fedns members list|show|check|add|remove|renew`: what a running server sees of its members, and what we may do. */

import type { Command } from 'commander';
import { z } from 'zod';
import { nearestWord } from '../../api/nearest-word.ts';
import type { Config } from '../../app/config/config-schema.ts';
import { FolderMembers } from '../../app/config/members/folder-members.ts';
import { readMembership } from '../../app/config/members/member-specs.ts';
import { checkMember } from '../../members/check-member.ts';
import { joinedNow } from '../../members/membership.ts';
import { choice, configFromFlags } from '../flags.ts';
import { complain, type ExitCode, print, table, VerbError, withProgress } from '../output.ts';
import { askServer } from './ask-server.ts';
import { describeCheck, isUnwatchable } from './check-text.ts';
import { addMemberEdits } from './edit-members.ts';
import { addMemberRenewal } from './renew-member.ts';

const FORMATS = ['table', 'json'] as const;

interface MembersFlags {
  readonly output: (typeof FORMATS)[number];
}

const SEEN = z.object({
  name: z.string(),
  server: z.string().optional(),
  contributor: z.string().optional(),
  region: z.string().optional(),
  zones: z.array(z.string()),
  placeFrom: z.string(),
  api: z.string(),
  apiForSeconds: z.number(),
  isSynced: z.boolean(),
  version: z.string().optional(),
  reason: z.string().optional(),
  heardBeforeSeconds: z.number().optional(),
  objects: z.record(z.string(), z.number()).optional(),
  unread: z.array(z.string()).optional(),
  receivedOctets: z.number(),
});
export const SEEN_MEMBERS = z.array(SEEN);
export type SeenMember = z.infer<typeof SEEN>;

export function addMembers(program: Command): void {
  const members = program.command('members').description('the member clusters');
  const verb = (name: string, description: string) =>
    members
      .command(name)
      .description(description)
      .option('-c, --config <file>', 'configuration file (also FEDNS_CONFIG)')
      .option('--store-folder <folder...>', 'state folder of the running server')
      .addOption(choice('-o, --output <format>', FORMATS, 'table'));
  verb('list', 'each member, as the running server sees it').action(list);
  verb('show <name>', 'everything the running server knows of one member').action(show);
  const asks =
    'ask the members themselves (and the host who they are): are they there, what may we do';
  verb('check [name]', asks).action(check);
  addMemberEdits(members);
  addMemberRenewal(members);
}

async function list(flags: MembersFlags & Record<string, unknown>): Promise<void> {
  const seen = await seenBy(flags);
  if (flags.output === 'json') return print(JSON.stringify(seen, null, 2));
  // Who is not well first: that is what one looks for.
  const rows = [...seen]
    .sort((left, right) => Number(left.api === 'fresh') - Number(right.api === 'fresh'))
    .map((one) => [
      one.name,
      one.isSynced ? `${one.api} ${one.apiForSeconds} s` : 'not read yet',
      one.version ?? '-',
      one.region ?? '-',
      one.zones.join(',') || '-',
      String(one.objects?.['services'] ?? 0),
      one.reason ?? '',
    ]);
  print(table(['NAME', 'API', 'VERSION', 'REGION', 'ZONES', 'SERVICES', 'REASON'], rows));
}

async function show(name: string, flags: MembersFlags & Record<string, unknown>): Promise<void> {
  const all = await seenBy(flags);
  const seen = all.find((one) => one.name === name);
  if (seen === undefined) throw nobody(name, all);
  if (flags.output === 'json') return print(JSON.stringify(seen, null, 2));
  const { objects = {}, unread = [] } = seen;
  const rows: [string, string][] = [
    seen.contributor === undefined
      ? ['server', seen.server ?? '-']
      : ['contributor', seen.contributor],
    ['version', seen.version ?? 'not known yet'],
    ['api', `${seen.api} for ${seen.apiForSeconds} s`],
    ['reason', seen.reason ?? '-'],
    ['read whole', seen.isSynced ? 'yes' : 'not yet: its last known state stays'],
    [
      'last heard',
      seen.heardBeforeSeconds === undefined ? 'never' : `${seen.heardBeforeSeconds} s ago`,
    ],
    ['region', `${seen.region ?? '-'} (${seen.placeFrom})`],
    ['zones', seen.zones.join(', ') || '-'],
    ['not read', unread.length === 0 ? '-' : `${unread.join(', ')} (refused, or not yet)`],
    ...Object.entries(objects).map(([kind, count]): [string, string] => [kind, String(count)]),
    ['received', `${(seen.receivedOctets / 1e6).toFixed(1)} MB`],
  ];
  print(rows.map(([title, text]) => `${title.padEnd(12)}${text}`).join('\n'));
}

/** There is nobody that this process could ask. */
function noneOf({ members }: Config): string {
  return members.contributors.length === 0
    ? 'no members are configured'
    : 'all members are watched by contributors: check them there';
}

function nobody(
  name: string,
  members: readonly { readonly name: string }[],
  exitCode: ExitCode = 2,
): VerbError {
  const near = nearestWord(
    name,
    members.map((one) => one.name),
  );
  const hint = near === undefined ? '' : `, did you mean "${near}"?`;
  return new VerbError(`no member is named "${name}"${hint}`, exitCode);
}

async function seenBy(flags: Record<string, unknown>): Promise<SeenMember[]> {
  return SEEN_MEMBERS.parse(await askServer(flags, 'GET /members'));
}

/**
 * Exit 1 when a member (or the host) is away, an object of the host is wrong, or when a right is
 * missing without which it cannot be watched.
 */
async function check(
  name: string | undefined,
  flags: MembersFlags & Record<string, unknown>,
): Promise<void> {
  const read = configFromFlags(flags);
  const told: string[] = [];
  const folder = new FolderMembers({
    onChange: () => undefined,
    onProblem: (path, problem) =>
      told.push(problem.includes(path) ? problem : `${path}: ${problem}`),
  });
  const sources = { ...(await readMembership(read)), folder: await folder.read(read) };
  const asked = joinedNow(sources, (object, problem) => told.push(`${object}: ${problem}`));
  const joined = await withProgress('asking the host', asked);
  for (const line of told) complain(line);
  const specs = joined.filter((spec) => name === undefined || spec.name === name);
  if (specs.length === 0) {
    const exitCode = told.length > 0 ? 1 : 2;
    if (name !== undefined) throw nobody(name, joined, exitCode);
    const none = sources.host === undefined ? noneOf(read.config) : 'no members are known';
    throw new VerbError(`${read.file ?? 'configuration'}: ${none}`, exitCode);
  }
  const work = Promise.all(specs.map(async (spec) => ({ spec, ...(await checkMember(spec)) })));
  const checks = await withProgress('asking the members', work);
  if (flags.output === 'json') {
    print(
      JSON.stringify(
        checks.map(({ spec, ...rest }) => ({ name: spec.name, ...rest })),
        null,
        2,
      ),
    );
  } else {
    print(checks.map((one) => describeCheck(one.spec.name, one)).join('\n'));
  }
  const bad = checks.filter((one) => isUnwatchable(one));
  if (bad.length > 0) {
    const names = bad.map(({ spec }) => spec.name).join(', ');
    throw new VerbError(`cannot be watched: ${names}`, 1);
  }
  if (told.length > 0) throw new VerbError('what is said of members is not all in order', 1);
}
