/**
 * `fedns orphaning-deletion enable|disable|status TYPE NAME`: whether the members keep their copies
 * when the federated object is deleted.
 *
 * Source: specs of KubeFed 0.10, "orphaning-deletion".
 */

import type { Command } from 'commander';
import { objectPath } from '../../api/kubefed/api-resource.ts';
import { ORPHAN_ANNOTATION } from '../../api/kubefed/federated-object.ts';
import { textMapAt } from '../../api/untyped.ts';
import { VerbError } from '../output.ts';
import { federatedType } from './enabled-types.ts';
import {
  getOrNone,
  type HostCluster,
  type HostFlags,
  namespaceOf,
  withHostFlags,
  withReport,
} from './host-cluster.ts';
import { ObjectWriter } from './object-writer.ts';
import { describe, documentRef, type ReportFlags, reportOption } from './report.ts';

interface OrphaningFlags extends HostFlags, ReportFlags {
  readonly namespace?: string;
}

const WORDS = {
  enable: 'members keep their copies when the federated object is deleted',
  disable: 'the copies are deleted with the federated object',
  status: 'prints Enabled or Disabled',
} as const;

type Word = keyof typeof WORDS;

export function addOrphaningDeletion(program: Command): void {
  const verb = program
    .command('orphaning-deletion')
    .description('what happens to copies when their federated object is deleted');
  const add = (word: Word) =>
    withHostFlags(verb.command(`${word} <type> <name>`).description(WORDS[word]))
      .option('-n, --namespace <namespace>', "the object's; the context's own if not said")
      .addOption(reportOption())
      .action((type: string, name: string, flags: OrphaningFlags) =>
        withReport(flags, (host) => orphaning(host, { word, type, name, flags })),
      );
  add('enable');
  add('disable');
  add('status');
}

interface Asked {
  readonly word: Word;
  readonly type: string;
  readonly name: string;
  readonly flags: OrphaningFlags;
}

async function orphaning(host: HostCluster, { word, type, name, flags }: Asked): Promise<void> {
  const { federated: resource } = await federatedType(host, type);
  const namespace = resource.isNamespaced ? namespaceOf(host, flags.namespace) : '';
  const ref = { resource, namespace, name };
  const object = await getOrNone(host.client, objectPath(resource, ref));
  if (object === undefined) throw new VerbError(`${host.context}: no ${describe(ref)}`, 1);
  const annotations = textMapAt(object, 'metadata', 'annotations');
  const isEnabled = annotations.get(ORPHAN_ANNOTATION) === 'true';
  if (word === 'status') {
    const orphaningDeletion = isEnabled ? 'Enabled' : 'Disabled';
    return host.report.answer({ ...documentRef(ref), orphaningDeletion }, orphaningDeletion);
  }
  const writer = new ObjectWriter(host, host.report);
  if (isEnabled === (word === 'enable')) return writer.say(ref, 'unchanged');
  const value = word === 'enable' ? 'true' : null;
  await writer.patch(ref, { metadata: { annotations: { [ORPHAN_ANNOTATION]: value } } });
}
