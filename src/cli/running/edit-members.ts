/**
 * `fedns members add|remove`: the list of members in the configuration file, edited for a person:
 * one entry comes or goes, every other character stays. A running server takes it up at once.
 */

import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { nearestWord } from '../../api/nearest-word.ts';
import { checkYaml, formatYamlProblem } from '../../api/yaml/checked-yaml.ts';
import { addToYamlList, removeFromYamlList } from '../../api/yaml/edit-yaml-list.ts';
import { CONFIG, type Config } from '../../app/config/config-schema.ts';
import { entryOf, readMembership } from '../../app/config/members/member-specs.ts';
import { type ReadConfig, reasonOf } from '../../app/config/read-config.ts';
import { callServer, NoServerError } from '../../app/control/control-client.ts';
import { checkedLabel } from '../../discovery/owner-names.ts';
import { InputError, problemOf } from '../../dns/errors.ts';
import { checkMember } from '../../members/check-member.ts';
import type { MemberSpec } from '../../members/registry.ts';
import { replaceFile } from '../../runtime/replace-file.ts';
import { choice, configFromFlags } from '../flags.ts';
import { print, VerbError, withProgress } from '../output.ts';
import { describeCheck, isUnwatchable, whyUnwatchable } from './check-text.ts';

const LIST = ['members', 'list'] as const;

interface EditFlags {
  readonly config?: string;
  readonly storeFolder?: string[];
  readonly dryRun?: boolean;
  readonly output: 'text' | 'json';
}

interface AddFlags extends EditFlags {
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly region?: string;
  readonly zones?: string[];
  readonly allow?: string[];
  readonly check: boolean;
}

export function addMemberEdits(members: Command): void {
  const verb = (name: string, description: string) =>
    members
      .command(name)
      .description(description)
      .option('-c, --config <file>', 'configuration file that is edited (also FEDNS_CONFIG)')
      .option('--store-folder <folder...>', 'state folder of the running server')
      .option('--dry-run', 'say what would change, and change nothing')
      .addOption(choice('-o, --output <format>', ['text', 'json'], 'text'));
  verb('add <name>', 'a further member into members.list; a running server watches it at once')
    .option('--context <context>', 'of the kubeconfig; its current one, or NAME without a file')
    .option('--kubeconfig <file>', 'a file, or in-cluster; found as kubectl finds its own')
    .option('--region <region>', "the nodes' labels say it otherwise")
    .option('--zones <zones...>', 'likewise')
    .option('--allow <networks...>', 'networks whose addresses it may publish')
    .option('--no-check', 'also one that is away, or lacks a right')
    .action(addMember);
  verb('remove <name>', 'a member out of members.list; its records leave with it').action(
    removeMember,
  );
}

/** What is edited, as it is now. */
interface Editable {
  readonly file: string;
  readonly text: string;
  readonly read: ReadConfig;
  readonly names: readonly string[];
}

async function addMember(name: string, flags: AddFlags): Promise<void> {
  const editable = readEditable(flags);
  const { file, text, names } = editable;
  const label = checkedLabel(name, 'name');
  if (names.includes(label)) {
    throw new VerbError(`${file}: members.list: "${label}" is there already`, 2);
  }
  const edited = addToYamlList(text, LIST, entryFor(label, flags, file));
  const spec = (await specsOf(edited, editable)).find((one) => one.name === label);
  if (edited === undefined || spec === undefined) throw notPlain(file);
  if (flags.check) await refuseUnwatchable(label, spec, flags);
  await finish(editable, edited, { verb: 'added', name: label, flags });
}

async function removeMember(name: string, flags: EditFlags): Promise<void> {
  const editable = readEditable(flags);
  const { file, text, names, read } = editable;
  const index = names.indexOf(name);
  if (index < 0) {
    const { folder, host } = read.config.members;
    const others = folder !== undefined || host !== undefined;
    const near = nearestWord(name, names);
    const hint = near === undefined ? '' : `, did you mean "${near}"?`;
    const elsewhere = others ? '; those of members.folder and members.host leave there' : '';
    throw new VerbError(`${file}: members.list: no "${name}" is there${hint}${elsewhere}`, 2);
  }
  const edited = removeFromYamlList(text, LIST, index);
  await specsOf(edited, editable);
  if (edited === undefined) throw notPlain(file);
  await finish(editable, edited, { verb: 'removed', name, flags });
}

/** Throws where editing the file would not change what is in force. */
function readEditable({ config, storeFolder }: EditFlags): Editable {
  const read = configFromFlags({ config, storeFolder });
  const { file, origins } = read;
  if (file === undefined) throw new VerbError('which configuration file? say -c FILE', 2);
  const origin = origins.get('members.list') ?? file;
  if (origin !== file) {
    throw new VerbError(`members.list comes from ${origin}, what ${file} says is not in force`, 2);
  }
  const names = read.config.members.list.map((setting) => entryOf(setting).name.toLowerCase());
  return { file, text: readFileSync(file, 'utf8'), read, names };
}

/** As short as it can be said: `east` is the context of that name. */
function entryFor(name: string, flags: AddFlags, file: string): unknown {
  const {
    context = flags.kubeconfig === undefined ? name : undefined,
    region,
    zones,
    allow,
  } = flags;
  const kubeconfig = flags.kubeconfig && pathFrom(file, flags.kubeconfig);
  const said = { name, kubeconfig, context, region, zones: words(zones), allow: words(allow) };
  const entry = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  const isContextAlone = Object.keys(entry).length === 2 && context === name;
  return isContextAlone && !name.includes('=') ? name : entry;
}

/** A relative path is typed from where one stands, and read from where the file is. */
function pathFrom(file: string, path: string): string {
  if (path === 'in-cluster' || isAbsolute(path)) return path;
  return relative(dirname(resolve(file)), resolve(path));
}

function words(list: readonly string[] | undefined): string[] | undefined {
  return list?.flatMap((text) => text.split(',')).filter((word) => word !== '');
}

/** The members as the edited text has them. Throws InputError for the first thing that is wrong. */
async function specsOf(
  edited: string | undefined,
  { file, read }: Editable,
): Promise<readonly MemberSpec[]> {
  if (edited === undefined) throw notPlain(file);
  const checked = checkYaml<Config>(edited, CONFIG as never);
  if (checked.kind === 'bad') {
    const [first] = checked.problems;
    throw new InputError('MEMBERS', first === undefined ? file : formatYamlProblem(first, file));
  }
  const { list } = checked.value.members;
  const members = { ...read.config.members, list };
  return (await readMembership({ ...read, config: { ...read.config, members } })).listed;
}

async function refuseUnwatchable(name: string, spec: MemberSpec, flags: AddFlags): Promise<void> {
  const check = await withProgress(`asking ${name}`, checkMember(spec));
  if (isUnwatchable(check)) {
    const why = whyUnwatchable(check);
    throw new VerbError(`${name}: not added: ${why} (--no-check adds it all the same)`, 1);
  }
  if (flags.output === 'text') print(describeCheck(name, check));
}

interface Edit {
  readonly verb: 'added' | 'removed';
  readonly name: string;
  readonly flags: EditFlags;
}

async function finish({ file, text, read }: Editable, edited: string, edit: Edit): Promise<void> {
  const { verb, name, flags } = edit;
  const changed = changedLines(text, edited);
  if (flags.dryRun === true) {
    const said = { name, verb, file, isDryRun: true, changed };
    print(flags.output === 'json' ? JSON.stringify(said, null, 2) : changed.join('\n'));
    return;
  }
  try {
    replaceFile(file, text, edited);
  } catch (error) {
    throw new VerbError(`${file}: not written: ${reasonOf(error)}`, 1);
  }
  const server = await tellServer(read.resolvePath(read.config.store.folder));
  const said = { name, verb, file, isDryRun: false, changed, server };
  print(
    flags.output === 'json'
      ? JSON.stringify(said, null, 2)
      : `${name}: ${verb}, ${file}; ${SERVER_WORDS[server.state]}`,
  );
  if (server.state === 'refused') {
    throw new VerbError(`the running server did not take it up: ${server.reason}`, 1);
  }
}

type ServerState = 'reread' | 'needs a restart' | 'not running' | 'refused';

const SERVER_WORDS: Readonly<Record<ServerState, string>> = {
  reread: 'the running server took it up',
  'needs a restart': 'the running server watches no members: restart it',
  'not running': 'no server runs on its state folder',
  refused: 'the running server goes on as it was',
};

async function tellServer(folder: string): Promise<{ state: ServerState; reason?: string }> {
  try {
    const said = (await callServer(folder, 'POST /reload')) as { needRestart?: string[] };
    const isLater = said.needRestart?.includes('members.list') === true;
    return { state: isLater ? 'needs a restart' : 'reread' };
  } catch (error) {
    if (error instanceof NoServerError) return { state: 'not running' };
    return { state: 'refused', reason: problemOf(error).split('\n')[0] ?? '' };
  }
}

/** `-` gone, `+` new; what both begin and end with is left out. */
function changedLines(before: string, after: string): string[] {
  const [old, now] = [before.split('\n'), after.split('\n')];
  let same = 0;
  while (same < Math.min(old.length, now.length) && old[same] === now[same]) same++;
  let ends = 0;
  const room = Math.min(old.length, now.length) - same;
  while (ends < room && old[old.length - 1 - ends] === now[now.length - 1 - ends]) ends++;
  return [
    ...old.slice(same, old.length - ends).map((line) => `- ${line}`),
    ...now.slice(same, now.length - ends).map((line) => `+ ${line}`),
  ];
}

function notPlain(file: string): VerbError {
  return new VerbError(`${file}: members.list: not a list of its own, edit it by hand`, 1);
}
