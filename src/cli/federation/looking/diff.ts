/**
 * `fedns diff -f FILE`, `fedns diff TYPE NAME`: what each member would get against what it has now.
 * Of a copy that is there its own API server is asked what a write would make of it, without writing:
 * so neither defaults nor what others filled in are differences.
 */

import type { Command } from 'commander';
import { keyOfObject, objectPath, resourceName } from '../../../api/kubefed/api-resource.ts';
import { isJsonObject } from '../../../api/kubefed/federated-object.ts';
import type { FederatedTypeConfig } from '../../../api/kubefed/federated-type-config.ts';
import { textAt } from '../../../api/untyped.ts';
import type { Manifest } from '../../../api/yaml/manifests.ts';
import { copyFactsOf } from '../../../federation/copies/copy-facts.ts';
import { MANAGED_FALSE_MESSAGE, ownedByOther } from '../../../federation/copies/copy-plan.ts';
import { memberObject } from '../../../federation/copies/member-object.ts';
import {
  leftOutOf,
  type RenderedCopy,
  type RenderReason,
  type RenderSource,
  renderCopies,
} from '../../../federation/render.ts';
import { diffObjects } from '../../../federation/viewing/comparable-object.ts';
import { ApiError } from '../../../kubernetes/api-error.ts';
import { complain, VerbError } from '../../output.ts';
import { readManifestFiles } from '../../plan/read-manifest-files.ts';
import { federatedType } from '../enabled-types.ts';
import {
  type ClusterClient,
  getOrNone,
  type HostCluster,
  namespaceOf,
  readFederationUid,
  withHostPlace,
  withReport,
} from '../host-cluster.ts';
import { askMembers, MEMBER_OPTIONS, type MemberFlags } from '../reading/asked-members.ts';
import { readAutoscaled } from '../reading/autoscaled-objects.ts';
import { type HostRendering, hostManifest, readRendering } from '../reading/host-rendering.ts';
import { describe, documentRef, type ReportFlags, reportOption } from '../report.ts';

interface DiffFlags extends MemberFlags, ReportFlags {
  readonly file?: readonly string[];
  readonly namespace?: string;
}

export function addDiff(program: Command): void {
  withHostPlace(
    program
      .command('diff [type] [name]')
      .description(
        'what each member would get of federated objects against what it has; exit 1 where that differs',
      ),
  )
    .option('-f, --file <manifests.yaml...>', 'federated objects; files, folders; - standard input')
    .option('-n, --namespace <namespace>', "the object's; the context's own if not said")
    .option(...MEMBER_OPTIONS.cluster)
    .option(...MEMBER_OPTIONS.contexts)
    .addOption(reportOption())
    .action(diff);
}

async function diff(
  type: string | undefined,
  name: string | undefined,
  flags: DiffFlags,
): Promise<void> {
  const isNamed = type !== undefined && name !== undefined;
  if (isNamed === (flags.file !== undefined) || (type !== undefined && !isNamed)) {
    throw new VerbError('diff: takes either TYPE and NAME or -f', 2);
  }
  const files = flags.file && readManifestFiles(flags.file);
  await withReport(flags, async (host) => {
    const asked = files ?? [await readNamed(host, { type: type ?? '', name: name ?? '', flags })];
    const rendering = await readRendering(host, asked);
    for (const remark of rendering.remarks) complain(remark);
    const sources = rendering.inputs.sources.filter((source) =>
      asked.some((one) => isOf(one, source)),
    );
    if (sources.length === 0) throw new VerbError('no federated object is among the manifests', 2);
    await diffSources(host, { rendering, sources, flags });
  });
}

async function readNamed(
  host: HostCluster,
  {
    type,
    name,
    flags,
  }: { readonly type: string; readonly name: string; readonly flags: DiffFlags },
): Promise<Manifest> {
  const { federated: resource } = await federatedType(host, type);
  const namespace = resource.isNamespaced ? namespaceOf(host, flags.namespace) : '';
  const ref = { resource, namespace, name };
  const object = await getOrNone(host.client, objectPath(resource, ref));
  if (object === undefined) throw new VerbError(`${host.context}: no ${describe(ref)}`, 1);
  return hostManifest(object, host.context);
}

interface Asked {
  readonly rendering: HostRendering;
  readonly sources: readonly RenderSource[];
  readonly flags: DiffFlags;
}

/** Of one copy. */
type Difference =
  | { readonly kind: 'same' }
  | { readonly kind: 'differs'; readonly text: string }
  /** Nothing can be said, or nothing will be written, and why. */
  | { readonly kind: 'unknown' | 'kept'; readonly why: string };

async function diffSources(host: HostCluster, { rendering, sources, flags }: Asked): Promise<void> {
  const federationUid = await readFederationUid(host);
  const isAsked = new Set(sources);
  const copies = renderCopies(rendering.inputs).filter(({ source }) => isAsked.has(source));
  for (const source of sources) tellSource(source);
  const only = flags.cluster ?? [];
  const members = rendering.members.filter(({ name }) => only.length === 0 || only.includes(name));
  const isAutoscaled = await readAutoscaled(host, rendering.configs, rendering.inputs.sources);
  const { found, silent } = await askMembers(host, members, {
    flags,
    ask: async ({ name, client }) => {
      const differences: [RenderedCopy, Difference][] = [];
      for (const copy of copies.filter(({ cluster }) => cluster === name)) {
        const config = configOf(copy.source, rendering.configs);
        const isLeft = isAutoscaled(copy.source);
        const around = { client, config, federationUid, rendering, isAutoscaled: isLeft };
        differences.push([copy, await diffCopy(copy, around)]);
      }
      return differences;
    },
  });
  const all = [...found.values()].flat();
  for (const [copy, difference] of all) {
    if (!('why' in difference)) continue;
    complain(`${copy.cluster}: ${nameOf(copy)}: ${difference.why}`);
  }
  const texts = all.flatMap(([, one]) => (one.kind === 'differs' ? [one.text] : []));
  host.report.answer(all.map(asRow), texts.map((text) => text.trimEnd()).join('\n'));
  const differing = texts.length;
  const unknown = silent.length + all.filter(([, { kind }]) => kind === 'unknown').length;
  if (unknown > 0) throw new VerbError(`${unknown} could not be compared`, 2);
  if (differing > 0) throw new VerbError(`${differing} of ${copies.length} copies differ`, 1);
}

/** `diff`: as unified diffs are written. */
function asRow([copy, difference]: readonly [RenderedCopy, Difference]) {
  const { object, type } = copy.source;
  const namespace = type.target.isNamespaced ? object.namespace : '';
  return {
    cluster: copy.cluster,
    ...documentRef({ resource: type.target, namespace, name: object.name }),
    state: difference.kind,
    ...(difference.kind === 'differs' && { diff: difference.text }),
    ...('why' in difference && { why: difference.why }),
  };
}

function tellSource(source: RenderSource): void {
  const { object, kind } = source;
  const name = `${kind} ${keyOfObject(object)}`;
  if (object.isPaused) complain(`${name}: is paused: nothing is written until "fedns resume"`);
  for (const word of leftOutOf(source)) complain(`${name}: ${word}: left out of every copy`);
}

interface Around {
  readonly client: ClusterClient;
  readonly config: FederatedTypeConfig | undefined;
  readonly federationUid: string;
  readonly rendering: HostRendering;
  /** An autoscaler has its replicas: what they are now is no difference. */
  readonly isAutoscaled: boolean;
}

/** For these a copy that is there goes. */
const REMOVING: ReadonlySet<RenderReason> = new Set(['NotPlaced', 'NamespaceNotFederated']);

async function diffCopy(copy: RenderedCopy, around: Around): Promise<Difference> {
  const { client, config, federationUid, rendering, isAutoscaled } = around;
  const { source, cluster, reason, message } = copy;
  const { object, type } = source;
  if (config === undefined) {
    return { kind: 'unknown', why: 'no FederatedTypeConfig of the host federates its type' };
  }
  const isGoing = copy.object === undefined && REMOVING.has(reason);
  if (copy.object === undefined && !isGoing) {
    return { kind: 'unknown', why: message === '' ? reason : `${reason}: ${message}` };
  }
  const { name, namespace } = object;
  const found = await getOrNone(client, objectPath(type.target, { namespace, name }));
  const live = isJsonObject(found) ? found : undefined;
  const names = {
    before: `${cluster} now: ${nameOf(copy)}`,
    after: `${cluster} then: ${nameOf(copy)}`,
  };
  if (live === undefined) return toDifference(diffObjects(undefined, copy.object, names));
  const owner = `${federationUid}/${resourceName(config.federated)}`;
  const facts = copyFactsOf(live);
  const isOthers = facts.owner !== undefined && facts.owner !== owner;
  if (isGoing) {
    const isOurs = facts.managed === 'true' && !isOthers;
    return isOurs ? toDifference(diffObjects(live, undefined, names)) : { kind: 'same' };
  }
  if (facts.managed === 'false') return { kind: 'kept', why: MANAGED_FALSE_MESSAGE };
  if (isOthers) return { kind: 'kept', why: ownedByOther(facts.owner ?? '') };
  const clusterLabels = new Map(rendering.members.map((one) => [one.name, one.labels]));
  const { target, takesAnnotations } = type;
  const mold = { object, target, owner, takesAnnotations, clusterLabels, isAutoscaled };
  const made = memberObject(mold, cluster, live);
  if (made.kind === 'bad') return { kind: 'unknown', why: made.problem };
  const path = objectPath(type.target, { namespace, name });
  const written = await wouldBe(client, path, made.value);
  if (written instanceof ApiError) {
    return { kind: 'unknown', why: `the write would be refused: ${written.message}` };
  }
  return toDifference(diffObjects(live, isJsonObject(written) ? written : made.value, names));
}

/** What the member would make of it, or why it would not take it. */
async function wouldBe(client: ClusterClient, path: string, object: object): Promise<unknown> {
  try {
    return await client.put(path, object, { query: { dryRun: 'All' } });
  } catch (error) {
    if (error instanceof ApiError && error.code === 'API_STATUS') return error;
    throw error;
  }
}

function toDifference(text: string): Difference {
  return text === '' ? { kind: 'same' } : { kind: 'differs', text };
}

function configOf(
  { type }: RenderSource,
  configs: readonly FederatedTypeConfig[],
): FederatedTypeConfig | undefined {
  return configs.find(({ target }) => resourceName(target) === resourceName(type.target));
}

/** `Deployment shop/web`. */
function nameOf({ source: { object, type } }: RenderedCopy): string {
  const { kind, isNamespaced } = type.target;
  return `${kind} ${isNamespaced ? keyOfObject(object) : object.name}`;
}

function isOf({ object }: Manifest, source: RenderSource): boolean {
  const { name, namespace } = source.object;
  return (
    textAt(object, 'kind') === source.kind &&
    textAt(object, 'metadata', 'name') === name &&
    (textAt(object, 'metadata', 'namespace') ?? '') === namespace
  );
}
