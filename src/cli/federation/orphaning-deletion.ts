/**
 * `fedns orphaning-deletion enable|disable|status TYPE NAME`: whether the members keep their copies
 * when the federated object is deleted.
 *
 * Source: specs of KubeFed 0.10, "orphaning-deletion".
 */

import type { Command } from 'commander';
import { type ApiResource, objectPath, resourceName } from '../../api/kubefed/api-resource.ts';
import { ORPHAN_ANNOTATION } from '../../api/kubefed/federated-object.ts';
import { textMapAt } from '../../api/untyped.ts';
import { print, VerbError } from '../output.ts';
import { findTypeConfig, readTypeConfigs } from './enabled-types.ts';
import {
  getOrNone,
  type HostCluster,
  type HostFlags,
  withHost,
  withHostFlags,
} from './host-cluster.ts';
import { describe, ObjectWriter } from './object-writer.ts';

interface OrphaningFlags extends HostFlags {
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
      .action((type: string, name: string, flags: OrphaningFlags) =>
        withHost(flags, (host) => orphaning(host, { word, type, name, flags })),
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
  const resource = await federatedType(host, type);
  const said = flags.namespace ?? host.kubeconfig.namespace(host.context) ?? 'default';
  const namespace = resource.isNamespaced ? said : '';
  const ref = { resource, namespace, name };
  const object = await getOrNone(host.client, objectPath(resource, ref));
  if (object === undefined) throw new VerbError(`${host.context}: no ${describe(ref)}`, 1);
  const annotations = textMapAt(object, 'metadata', 'annotations');
  const isEnabled = annotations.get(ORPHAN_ANNOTATION) === 'true';
  if (word === 'status') return print(isEnabled ? 'Enabled' : 'Disabled');
  const writer = new ObjectWriter(host, { isDryRun: flags.dryRun === true });
  if (isEnabled === (word === 'enable')) return writer.say(ref, 'unchanged');
  const value = word === 'enable' ? 'true' : null;
  await writer.patch(ref, { metadata: { annotations: { [ORPHAN_ANNOTATION]: value } } });
}

/** Said as the federated type or as its target. */
async function federatedType(host: HostCluster, type: string): Promise<ApiResource> {
  const configs = await readTypeConfigs(host);
  const config = await findTypeConfig(host, type, configs);
  if (config !== undefined) return config.federated;
  const known = configs.map(({ federated }) => resourceName(federated)).join(', ');
  const what = known === '' ? 'no type is' : `federated are ${known}`;
  throw new VerbError(`${host.context}: type "${type}" is not federated: ${what}`, 1);
}
