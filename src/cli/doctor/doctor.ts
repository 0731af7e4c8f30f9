/**
 * `fedns doctor`: every check there is, the worst first, the remedy beside each. Beside a running
 * server it asks that too; without one it says what could not be looked at.
 */

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { checkConfig } from '../../app/config/check-config.ts';
import { watchesMembers } from '../../app/config/config-schema.ts';
import { FolderMembers } from '../../app/config/members/folder-members.ts';
import { readMembership } from '../../app/config/members/member-specs.ts';
import type { ReadConfig } from '../../app/config/read-config.ts';
import { callServer, NoServerError } from '../../app/control/control-client.ts';
import { problemOf } from '../../dns/errors.ts';
import { checkMember } from '../../members/check-member.ts';
import { joinedNow } from '../../members/membership.ts';
import { choice, configFromFlags } from '../flags.ts';
import { print, table, VerbError, withProgress } from '../output.ts';
import { withStoredView } from '../records/stored-view.ts';
import { SEEN_MEMBERS, type SeenMember } from '../running/members.ts';
import { type Finding, worstFirst } from './finding.ts';
import { FEDERATION, judgeFederation } from './judge-federation.ts';
import { judgeMembers } from './judge-members.ts';
import { judgeAlarms, judgeLimits, judgeServedStore, PROCESS } from './judge-process.ts';

type Flags = Readonly<Record<string, unknown>>;

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('every check, the worst first, and what to do; exit 1 when something is wrong')
    .option('-c, --config <file>', 'configuration file of the server (also FEDNS_CONFIG)')
    .option('--store-folder <folder...>', 'its state folder')
    .addOption(choice('-o, --output <format>', ['table', 'json'], 'table'))
    .action(doctor);
}

async function doctor(flags: Flags): Promise<void> {
  const findings = worstFirst(await withProgress('looking', look(flags)));
  if (flags['output'] === 'json') print(JSON.stringify(findings, null, 2));
  else {
    const rows = findings.map(({ grade, check, found, remedy }) => [
      grade === 'well' || grade === 'note' ? grade : grade.toUpperCase(),
      check,
      remedy === '' ? found : `${found} -> ${remedy}`,
    ]);
    print(table(['', 'CHECK', 'FOUND -> REMEDY'], rows));
  }
  const count = (grade: Finding['grade']) => findings.filter((one) => one.grade === grade).length;
  const [broken, risks] = [count('broken'), count('risk')];
  if (broken + risks > 0) throw new VerbError(`${broken} broken, ${risks} at risk`, 1);
}

async function look(flags: Flags): Promise<Finding[]> {
  let read: ReadConfig;
  try {
    read = configFromFlags(flags);
  } catch (error) {
    return [...configProblem(error), unchecked('everything else', 'mend the configuration first')];
  }
  const server = new AskedServer(read.resolvePath(read.config.store.folder));
  const process = await server.ask('/process', PROCESS);
  const findings = [...lookAtConfig(read)];
  if (process === undefined) {
    findings.push(server.finding(), ...(await lookAtStore(flags, read)));
    findings.push(unchecked('alarms, limits of the process, services', 'no server tells of them'));
  } else {
    findings.push(...judgeAlarms(process), ...judgeServedStore(process));
    // A controller serves nothing: its store is looked at as if none ran.
    if (process.store === undefined) findings.push(...(await lookAtStore(flags, read)));
    findings.push(...judgeLimits(process));
  }
  if (!watchesMembers(read.config)) return findings;
  const seen = process && (await server.ask('/members', SEEN_MEMBERS));
  findings.push(...(await lookAtMembers(read, seen)));
  const federation = process && (await server.ask('/federation', FEDERATION));
  return federation === undefined ? findings : [...findings, ...judgeFederation(federation)];
}

function lookAtConfig(read: ReadConfig): Finding[] {
  try {
    const warnings = checkConfig(read);
    if (warnings.length === 0) {
      const found = `${read.file ?? 'flags and variables'}: sound`;
      return [{ grade: 'well', check: 'config', found, remedy: '' }];
    }
    const remedy = 'as it says; fedns config check';
    return warnings.map((found) => ({ grade: 'risk', check: 'config', found, remedy }));
  } catch (error) {
    return configProblem(error);
  }
}

function configProblem(error: unknown): Finding[] {
  const remedy = 'a start, and a reload, would be refused: fedns config check';
  return problemOf(error)
    .split('\n')
    .map((found) => ({ grade: 'broken', check: 'config', found, remedy }));
}

/** Without a server that follows it. */
async function lookAtStore(flags: Flags, read: ReadConfig): Promise<Finding[]> {
  const { kind, folder } = read.config.store;
  if (kind === 'memory') return [unchecked('store', 'a memory store is only in its server')];
  if (kind === 'file' && !existsSync(read.resolvePath(folder))) {
    return [unchecked('store', `${folder} is not there yet`)];
  }
  try {
    return await withStoredView(flags, ({ view, state }) => {
      const { ignored } = view.counts();
      const facts = {
        ...{ hasSynced: true, isStale: false, contactAgeSeconds: 0, lagSeconds: 0, held: [] },
        ...{ revision: state.revision, cappedNames: 0, ignoredAtOurNames: ignored },
        unreadable: view.skipped().length,
      };
      return judgeServedStore({ ...NO_PROCESS, store: facts }).map((finding) => ({
        ...finding,
        found: `${kind}: ${finding.found}`,
      }));
    });
  } catch (error) {
    const remedy =
      kind === 'file'
        ? 'may we read and write it; one that is damaged: fedns store repair'
        : 'is it up, may we reach and read it: certificates, user, firewall';
    return [{ grade: 'broken', check: 'store', found: problemOf(error), remedy }];
  }
}

const NO_PROCESS = {
  alarms: [],
  descriptors: { needed: 0 },
  memory: { residentOctets: 0, heapOctets: 0, heapLimitOctets: 0 },
};

async function lookAtMembers(
  read: ReadConfig,
  seen: readonly SeenMember[] | undefined,
): Promise<Finding[]> {
  const told: Finding[] = [];
  const tell = (object: string, problem: string) => {
    const found = problem.includes(object) ? problem : `${object}: ${problem}`;
    told.push({ grade: 'broken', check: 'members', found, remedy: 'mend it: others go on' });
  };
  try {
    const folder = new FolderMembers({ onChange: () => undefined, onProblem: tell });
    const sources = { ...(await readMembership(read)), folder: await folder.read(read) };
    const specs = await joinedNow(sources, tell);
    const judged = await Promise.all(
      specs.map(async (spec) => ({
        name: spec.name,
        isPlaced: spec.region !== undefined && spec.topologyZones !== undefined,
        check: await checkMember(spec),
        seen: seen?.find((one) => one.name === spec.name),
      })),
    );
    const context = {
      nowMs: Date.now(),
      silenceSeconds: read.config.members.api.silenceMs / 1000,
      isServerKnown: seen !== undefined,
    };
    return [...told, ...judgeMembers(judged, context)];
  } catch (error) {
    const remedy = 'mend it: a start would be refused; fedns members check tries it alone';
    return [...told, { grade: 'broken', check: 'members', found: problemOf(error), remedy }];
  }
}

function unchecked(what: string, why: string): Finding {
  return { grade: 'note', check: 'unchecked', found: `${what}: ${why}`, remedy: '' };
}

/** The server of a state folder, which may not run, or be of another version. */
class AskedServer {
  readonly #folder: string;
  #problem: unknown;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** undefined: it does not tell. */
  async ask<T>(page: string, schema: { parse(value: unknown): T }): Promise<T | undefined> {
    try {
      return schema.parse(await callServer(this.#folder, `GET ${page}`));
    } catch (error) {
      this.#problem ??= error;
      return undefined;
    }
  }

  /** Why nothing of it is known. */
  finding(): Finding {
    const error = this.#problem;
    if (error instanceof NoServerError) {
      return { grade: 'note', check: 'server', found: error.message, remedy: '' };
    }
    const found = problemOf(error).split('\n')[0] ?? '';
    return { grade: 'broken', check: 'server', found, remedy: 'restart it with --takeover' };
  }
}
