/**
 * `fedns pause|resume TYPE NAME`: whether anything of a federated object is written into members.
 * Copies stay as they are meanwhile; a deletion of the object goes on.
 */

import type { Command } from 'commander';
import { type ApiResource, collectionPath, objectPath } from '../../../api/kubefed/api-resource.ts';
import { PAUSED_ANNOTATION } from '../../../api/kubefed/federated-object.ts';
import { textAt, textMapAt } from '../../../api/untyped.ts';
import type { ObjectRef } from '../../../federation/joining/member-objects.ts';
import { METADATA_LIST } from '../../../kubernetes/api-client.ts';
import { ApiError } from '../../../kubernetes/api-error.ts';
import { readPagesOf } from '../../../kubernetes/object-pages.ts';
import { complain, VerbError } from '../../output.ts';
import { federatedType } from '../enabled-types.ts';
import {
  getOrNone,
  type HostCluster,
  type HostFlags,
  namespaceOf,
  withHostFlags,
  withReport,
} from '../host-cluster.ts';
import { ObjectWriter } from '../object-writer.ts';
import { describe, type ReportFlags, reportOption } from '../report.ts';

interface PauseFlags extends HostFlags, ReportFlags {
  readonly namespace?: string;
  readonly all?: boolean;
  readonly allNamespaces?: boolean;
}

const VERBS = {
  pause: 'nothing of a federated object is written into members until "fedns resume"',
  resume: 'what was paused is written into members again',
} as const;

type Verb = keyof typeof VERBS;

export function addPause(program: Command): void {
  const add = (verb: Verb) =>
    withHostFlags(program.command(`${verb} <type> [name]`).description(VERBS[verb]))
      .option('-n, --namespace <namespace>', "the object's; the context's own if not said")
      .option('--all', 'all objects of the type in the namespace')
      .option('-A, --all-namespaces', 'with --all: in every namespace')
      .addOption(reportOption())
      .action((type: string, name: string | undefined, flags: PauseFlags) =>
        pauseOrResume(verb, { type, name, flags }),
      );
  add('pause');
  add('resume');
}

interface Asked {
  readonly type: string;
  readonly name: string | undefined;
  readonly flags: PauseFlags;
}

async function pauseOrResume(verb: Verb, { type, name, flags }: Asked): Promise<void> {
  const { all = false, allNamespaces = false } = flags;
  if ((name === undefined) !== all) {
    throw new VerbError(`${verb}: takes either a NAME or --all`, 2);
  }
  if (allNamespaces && !all) throw new VerbError('--all-namespaces: goes with --all only', 2);
  await withReport(flags, async (host) => {
    const { federated: resource } = await federatedType(host, type);
    const namespace = resource.isNamespaced ? namespaceOf(host, flags.namespace) : '';
    const writer = new ObjectWriter(host, host.report);
    if (name !== undefined) {
      const ref = { resource, namespace, name };
      return await setPaused(host, writer, { verb, ref });
    }
    const within = allNamespaces || namespace === '' ? undefined : namespace;
    await setAll(host, writer, { verb, resource, within });
  });
}

async function setPaused(
  { client, context }: HostCluster,
  writer: ObjectWriter,
  { verb, ref }: { readonly verb: Verb; readonly ref: ObjectRef },
): Promise<void> {
  const object = await getOrNone(client, objectPath(ref.resource, ref));
  if (object === undefined) throw new VerbError(`${context}: no ${describe(ref)}`, 1);
  await setOne(writer, { verb, ref, isPaused: isPaused(object) });
}

interface All {
  readonly verb: Verb;
  readonly resource: ApiResource;
  /** undefined: every namespace. */
  readonly within: string | undefined;
}

/** Writes under way at once. */
const WRITES_AT_ONCE = 8;

/** Each by itself: what fails is told, and the others go on. */
async function setAll(
  host: HostCluster,
  writer: ObjectWriter,
  { verb, resource, within }: All,
): Promise<void> {
  let count = 0;
  let failures = 0;
  const path = collectionPath(resource, within);
  for await (const page of readPagesOf(host.client, path, { accept: METADATA_LIST })) {
    for (let at = 0; at < page.length; at += WRITES_AT_ONCE) {
      const some = page.slice(at, at + WRITES_AT_ONCE).map(async (object) => {
        const ref = { resource, ...nameOf(object) };
        try {
          await setOne(writer, { verb, ref, isPaused: isPaused(object) });
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          // Gone since it was listed.
          if (error.status === 404) return;
          complain(`${describe(ref)}: ${error.message}`);
          failures++;
        }
      });
      await Promise.all(some);
      count += some.length;
    }
  }
  const where = within === undefined ? 'in all namespaces' : `in namespace ${within}`;
  if (count === 0) host.report.note(`${host.context}: no ${resource.kind} is ${where}`);
  if (failures > 0) throw new VerbError(`${failures} of ${count} ${resource.plural} failed`, 1);
}

interface One {
  readonly verb: Verb;
  readonly ref: ObjectRef;
  readonly isPaused: boolean;
}

async function setOne(writer: ObjectWriter, { verb, ref, isPaused }: One): Promise<void> {
  const wanted = verb === 'pause';
  const why = wanted ? 'paused' : 'goes on';
  if (isPaused === wanted) return writer.say(ref, 'unchanged', why);
  const value = wanted ? 'true' : null;
  await writer.patch(ref, { metadata: { annotations: { [PAUSED_ANNOTATION]: value } } }, why);
}

function isPaused(object: unknown): boolean {
  return textMapAt(object, 'metadata', 'annotations').get(PAUSED_ANNOTATION) === 'true';
}

function nameOf(object: unknown): { readonly namespace: string; readonly name: string } {
  return {
    namespace: textAt(object, 'metadata', 'namespace') ?? '',
    name: textAt(object, 'metadata', 'name') ?? '',
  };
}
