/**
 * `fedns enable NAME | -f FILE`: a type of the host becomes federated: its Federated<Kind> and its
 * FederatedTypeConfig are made or brought up to date; members get the rights on it.
 *
 * Source: specs of KubeFed 0.10, "enable".
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { z } from 'zod';
import { objectPath, resourceName } from '../../../api/kubefed/api-resource.ts';
import { listAt, textAt } from '../../../api/untyped.ts';
import { checkYaml, formatYamlProblem } from '../../../api/yaml/checked-yaml.ts';
import {
  enableRefusal,
  federatedGroupProblem,
  webhookHint,
} from '../../../federation/federated-types/enable-refusals.ts';
import { federatedCrd } from '../../../federation/federated-types/federated-crd.ts';
import {
  FEDERATED_API,
  type FederatedApi,
  federatedResource,
  type TargetType,
} from '../../../federation/federated-types/federated-resource.ts';
import { typeConfigFor } from '../../../federation/federated-types/type-config.ts';
import type { ListedResource } from '../../../kubernetes/listed-resources.ts';
import { choice } from '../../flags.ts';
import { complain, print, VerbError, withProgress } from '../../output.ts';
import { readNamedText } from '../../plan/read-file.ts';
import { findType, readTypeConfigs, TYPE_CONFIG_RESOURCE } from '../enabled-types.ts';
import {
  getOrNone,
  type HostCluster,
  type HostFlags,
  readScope,
  withHost,
  withHostFlags,
  words,
} from '../host-cluster.ts';
import { changeMemberRoles, type MemberFlags } from '../member-roles.ts';
import { ObjectWriter } from '../object-writer.ts';
import { readSchemaFacts } from './schema-facts.ts';

export interface EnableFlags extends HostFlags, MemberFlags {
  readonly filename?: string;
  readonly federatedGroup?: string;
  readonly federatedVersion?: string;
  /** Of the target. */
  readonly version?: string;
  readonly allowEscalate?: boolean;
  readonly output: 'text' | 'yaml' | 'json';
}

export function addEnable(program: Command): void {
  withHostFlags(
    program
      .command('enable [name]')
      .description('federates a type: by kind, plural, short name or plural.group'),
  )
    .option('-f, --filename <file>', 'an EnableTypeDirective; - is standard input')
    .option('--federated-group <group>', `of the federated type (${FEDERATED_API.group})`)
    .option('--federated-version <version>', `of the federated type (${FEDERATED_API.version})`)
    .option('--version <version>', "of the target; its group's preferred one if not said")
    .option(
      '--members <contexts>',
      'of members whose accounts get the rights on it; all that the kubeconfig has if not said',
      words,
    )
    .option('--member-contexts <contexts>', 'the same', words)
    .option('--allow-escalate', 'also roles and bindings: members could be given every right')
    .addOption(choice('-o, --output <format>', ['text', 'yaml', 'json'], 'text'))
    .action(enable);
}

async function enable(name: string | undefined, flags: EnableFlags): Promise<void> {
  const wish = readWish(name, flags);
  const problem = federatedGroupProblem(wish.api.group);
  if (problem !== undefined) throw new VerbError(`--federated-group: ${problem}`, 2);
  await withHost(flags, async (host) => {
    const found = await findType(host, wish.name, wish.version);
    await enableType(host, found, { ...flags, api: wish.api });
  });
}

interface Wish {
  readonly name: string;
  readonly version: string | undefined;
  readonly api: FederatedApi;
}

const DIRECTIVE = z.strictObject({
  apiVersion: z.string().optional(),
  kind: z.literal('EnableTypeDirective').optional(),
  metadata: z.looseObject({ name: z.string().min(1) }),
  spec: z
    .strictObject({
      targetVersion: z.string().optional(),
      federatedGroup: z.string().optional(),
      federatedVersion: z.string().optional(),
    })
    .optional(),
});

function readWish(name: string | undefined, flags: EnableFlags): Wish {
  const { filename, version, federatedGroup, federatedVersion } = flags;
  if ((name === undefined) === (filename === undefined)) {
    throw new VerbError('which type? say either NAME or -f FILE', 2);
  }
  if (filename === undefined) {
    const group = federatedGroup ?? FEDERATED_API.group;
    const api = { group, version: federatedVersion ?? FEDERATED_API.version };
    return { name: name ?? '', version, api };
  }
  const { file, text } = readNamedText(filename);
  const checked = checkYaml(text, DIRECTIVE);
  if (checked.kind === 'bad') {
    const problems = checked.problems.map((problem) => formatYamlProblem(problem, file));
    throw new VerbError(problems.join('\n'), 2);
  }
  const { metadata, spec = {} } = checked.value;
  // A flag wins over the file, as over any setting.
  const group = federatedGroup ?? spec.federatedGroup ?? FEDERATED_API.group;
  const api = {
    group,
    version: federatedVersion ?? spec.federatedVersion ?? FEDERATED_API.version,
  };
  return { name: metadata.name, version: version ?? spec.targetVersion, api };
}

/** Also for `federate`, which enables what it needs. */
export async function enableType(
  host: HostCluster,
  found: ListedResource,
  flags: EnableFlags & { readonly api: FederatedApi },
): Promise<void> {
  const { api, output, allowEscalate: allowsEscalation = false } = flags;
  const federated = federatedResource(found, api);
  const configs = await readTypeConfigs(host);
  const refusal = enableRefusal({ target: found, federated, allowsEscalation }, configs);
  if (refusal !== undefined) throw new VerbError(`${host.context}: ${refusal}`, 1);
  const target = await describeTarget(host, found);
  const definition = federatedCrd(target, api);
  const config = typeConfigFor(target, { api, namespace: host.namespace });
  if (output === 'yaml')
    return print([definition, config].map((one) => stringify(one)).join('---\n'));
  if (output === 'json') return print(JSON.stringify([definition, config], null, 2));
  const writer = new ObjectWriter(host, host.report);
  await writer.ensure({ resource: CRD_RESOURCE, object: { ...definition } });
  if (!writer.isDryRun) await whenEstablished(host, definition.metadata.name);
  let tellLacking = () => {};
  try {
    // First, for who propagates it before would be refused; a member that gets none stops nothing.
    tellLacking = await changeMemberRoles(host, flags, { target, kind: 'give' });
  } finally {
    await writer.ensure({ resource: TYPE_CONFIG_RESOURCE, object: { ...config } });
  }
  if ((await readScope(host)) === 'Namespaced' && !target.isNamespaced) {
    complain(`${config.metadata.name}: belongs to clusters, and this federation is of a namespace`);
  }
  const hint = webhookHint(api.group);
  if (hint !== undefined) complain(hint);
  tellLacking();
}

export const CRD_RESOURCE = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  isNamespaced: false,
} as const;

const SCHEMA_TRIES = 8;
const SCHEMA_WAIT_MS = 500;

/** A definition that was made just now has its schema published a second later. */
async function describeTarget(host: HostCluster, found: ListedResource): Promise<TargetType> {
  const path = objectPath(CRD_RESOURCE, { namespace: '', name: resourceName(found) });
  const isDefined = found.group !== '' && (await getOrNone(host.client, path)) !== undefined;
  const { verbs: _verbs, singular: _singular, root: _root, ...target } = found;
  for (let tries = 1; ; tries++) {
    const facts = await readSchemaFacts(host.client, found);
    if (facts.hasSchema || !isDefined || tries >= SCHEMA_TRIES) {
      if (facts.hasSchema) return { ...target, ...facts };
      complain(`${resourceName(found)}: ${host.context} publishes no schema of it: no template`);
      return { ...target, ...facts };
    }
    await sleep(SCHEMA_WAIT_MS);
  }
}

const ESTABLISHED_WAIT_MS = 10_000;
const POLL_MS = 100;

async function whenEstablished(host: HostCluster, name: string): Promise<void> {
  const path = objectPath(CRD_RESOURCE, { namespace: '', name });
  const isEstablished = (object: unknown) =>
    listAt(object, 'status', 'conditions').some(
      (one) => textAt(one, 'type') === 'Established' && textAt(one, 'status') === 'True',
    );
  const wait = async () => {
    const started = performance.now();
    while (!isEstablished(await getOrNone(host.client, path))) {
      if (performance.now() - started > ESTABLISHED_WAIT_MS) {
        throw new VerbError(`${host.context}: CustomResourceDefinition ${name}: not served yet`, 1);
      }
      await sleep(POLL_MS);
    }
  };
  await withProgress(`${host.context}: ${name} is being served`, wait());
}
