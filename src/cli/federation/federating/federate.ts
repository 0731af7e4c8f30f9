/**
 * `fedns federate TYPE NAME | -f FILE`: an object of the host becomes a Federated<Kind>, in every
 * cluster unless its placement is changed; a namespace with everything in it, if asked. The object
 * itself stays, and is taken over where the host is a member.
 *
 * Source: specs of KubeFed 0.10, "federate".
 */

import type { Command } from 'commander';
import { stringify } from 'yaml';
import { objectPath, resourceName } from '../../../api/kubefed/api-resource.ts';
import { isJsonObject, type JsonObject } from '../../../api/kubefed/federated-object.ts';
import type { FederatedTypeConfig } from '../../../api/kubefed/federated-type-config.ts';
import { valueAt } from '../../../api/untyped.ts';
import { canonicalJson } from '../../../federation/canonical-json.ts';
import { isNamespace } from '../../../federation/copies/member-object.ts';
import { federateObject } from '../../../federation/federated-types/federate-object.ts';
import {
  FEDERATED_API,
  federatedResource,
} from '../../../federation/federated-types/federated-resource.ts';
import type { MadeObject } from '../../../federation/joining/member-objects.ts';
import type { ListedResource } from '../../../kubernetes/listed-resources.ts';
import { choice } from '../../flags.ts';
import { print, VerbError } from '../../output.ts';
import { findType, readTypeConfigs } from '../enabled-types.ts';
import {
  getOrNone,
  type HostCluster,
  type HostFlags,
  withHost,
  withHostFlags,
  words,
} from '../host-cluster.ts';
import { ObjectWriter, refOf } from '../object-writer.ts';
import { describe } from '../report.ts';
import { enableType } from './enable.ts';
import { federateFile } from './federate-file.ts';
import { type FoundObject, readContents } from './namespace-contents.ts';

export interface FederateFlags extends HostFlags {
  readonly namespace?: string;
  readonly filename?: string;
  readonly contents?: boolean;
  readonly enableType?: boolean;
  readonly skipApiResources?: readonly string[];
  readonly output: 'text' | 'yaml' | 'json';
}

export function addFederate(program: Command): void {
  withHostFlags(
    program
      .command('federate [type] [name]')
      .description('an object of the host becomes a federated one'),
  )
    .option('-n, --namespace <namespace>', "the object's; the context's own if not said")
    .option('-f, --filename <file>', 'objects of a file, - is standard input; printed, not written')
    .option('-c, --contents', 'of a namespace everything in it, too')
    .option('-t, --enable-type', 'also federates types that are not yet')
    .option('-s, --skip-api-resources <types>', 'not these of the contents: types or groups', words)
    .addOption(choice('-o, --output <format>', ['text', 'yaml', 'json'], 'text'))
    .action(federate);
}

async function federate(
  type: string | undefined,
  name: string | undefined,
  flags: FederateFlags,
): Promise<void> {
  const { filename, output, enableType: enables = false } = flags;
  if (filename !== undefined) {
    if (type !== undefined) throw new VerbError('say either TYPE NAME or -f FILE', 2);
    return federateFile(filename, flags);
  }
  if (type === undefined || name === undefined) {
    throw new VerbError('which object? say TYPE NAME, or -f FILE', 2);
  }
  if (enables && output !== 'text') {
    throw new VerbError('-t, --enable-type: writes, and -o only prints: say one of them', 2);
  }
  await withHost(flags, async (host) => {
    const found = await findType(host, type);
    const object = await readObject(host, found, { name, flags });
    const isWhole = flags.contents === true;
    if (isWhole && !isNamespace(found)) {
      throw new VerbError(`-c, --contents: ${resourceName(found)} is no namespace`, 2);
    }
    const configs = await readTypeConfigs(host);
    const more = isWhole
      ? await readContents(host, {
          namespace: name,
          skipped: flags.skipApiResources ?? [],
          configs,
        })
      : [];
    await federateAll(host, [{ type: found, object }, ...more], { configs, flags });
  });
}

async function readObject(
  host: HostCluster,
  type: ListedResource,
  { name, flags }: { readonly name: string; readonly flags: FederateFlags },
): Promise<JsonObject> {
  const namespace = flags.namespace ?? host.kubeconfig.namespace(host.context) ?? 'default';
  const ref = { resource: type, namespace: type.isNamespaced ? namespace : '', name };
  const object = await getOrNone(host.client, objectPath(type, ref));
  if (!isJsonObject(object)) throw new VerbError(`${host.context}: no ${describe(ref)}`, 1);
  return object;
}

interface Federating {
  readonly configs: readonly FederatedTypeConfig[];
  readonly flags: FederateFlags;
}

async function federateAll(
  host: HostCluster,
  found: readonly FoundObject[],
  { configs, flags }: Federating,
): Promise<void> {
  const byName = new Map(configs.map((config) => [config.name, config]));
  const made = found.map(({ type, object }) => {
    const federated = byName.get(resourceName(type))?.federated ?? federatedResource(type);
    return { resource: federated, object: federateObject(object, federated) };
  });
  const { output } = flags;
  if (output === 'yaml') return print(made.map(({ object }) => stringify(object)).join('---\n'));
  if (output === 'json')
    return print(
      JSON.stringify(
        made.map(({ object }) => object),
        null,
        2,
      ),
    );
  const types = new Map(found.map(({ type }) => [resourceName(type), type]));
  const lacking = [...types].filter(([name]) => !byName.has(name));
  if (lacking.length > 0 && flags.enableType !== true) throw notEnabled(host, lacking);
  for (const [, type] of lacking)
    await enableType(host, type, { ...flags, output: 'text', api: FEDERATED_API });
  await refuseOthers(host, made);
  const writer = new ObjectWriter(host, host.report);
  for (const one of made) {
    if ((await federatedNow(host, one)) === undefined) await writer.ensure(one);
    else writer.say(refOf(one), 'unchanged');
  }
}

/** A definition that a dry run did not make has no objects. */
function federatedNow(host: HostCluster, made: MadeObject): Promise<unknown> {
  return getOrNone(host.client, objectPath(made.resource, refOf(made)));
}

/** What is federated already with another content is a person's: nothing is written then. */
async function refuseOthers(host: HostCluster, made: readonly MadeObject[]): Promise<void> {
  const others: string[] = [];
  for (const one of made) {
    const live = await federatedNow(host, one);
    const template = (object: unknown) => canonicalJson(valueAt(object, 'spec', 'template') ?? {});
    if (live === undefined || template(live) === template(one.object)) continue;
    const what = `${describe(refOf(one))}: spec.template: is there already, and another`;
    others.push(`${host.context}: ${what}`);
  }
  if (others.length > 0) throw new VerbError(others.join('\n'), 1);
}

function notEnabled(
  host: HostCluster,
  types: readonly (readonly [string, ListedResource])[],
): VerbError {
  const names = types.map(([name]) => name);
  const [only] = names;
  const how =
    names.length === 1
      ? `fedns enable ${only}, or -t`
      : 'fedns enable each, -t for all, or -s to skip them';
  return new VerbError(`${host.context}: not federated: ${names.join(', ')}: ${how}`, 1);
}
