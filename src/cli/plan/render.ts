/** `fedns render`: what each member would get of federated objects, or why nothing. Offline. */

import type { Command } from 'commander';
import { stringify } from 'yaml';
import { keyOfObject } from '../../api/kubefed/api-resource.ts';
import {
  leftOutOf,
  type RenderedCopy,
  type RenderSource,
  renderCopies,
  unknownClusters,
} from '../../federation/render.ts';
import { choice } from '../flags.ts';
import { complain, print, VerbError } from '../output.ts';
import { readManifestFiles } from './read-manifest-files.ts';
import { type RenderManifests, renderInputsOf } from './render-manifests.ts';

const FORMATS = ['yaml', 'json'] as const;

interface RenderFlags {
  readonly file: readonly string[];
  readonly cluster?: string;
  readonly output: (typeof FORMATS)[number];
}

export function addRender(program: Command): void {
  program
    .command('render')
    .description('what each member would get of federated objects, or why nothing; offline')
    .requiredOption('-f, --file <manifests.yaml...>', 'files, folders of them; - standard input')
    .option('--cluster <name>', 'only of this one')
    .addOption(choice('-o, --output <format>', FORMATS, 'yaml'))
    .action((flags: RenderFlags) => renderFiles(flags));
}

function renderFiles({ file, cluster, output }: RenderFlags): void {
  const read = renderInputsOf(readManifestFiles(file));
  const { clusters } = read.inputs;
  if (cluster !== undefined && !clusters.has(cluster)) {
    const known = [...clusters.keys()].sort().join(', ');
    throw new VerbError(`--cluster: "${cluster}" is none of the manifests: ${known}`, 2);
  }
  for (const remark of remarksOf(read)) complain(remark);
  const copies = renderCopies(read.inputs).filter(
    (copy) => cluster === undefined || copy.cluster === cluster,
  );
  print(output === 'json' ? asJson(copies) : asYaml(copies));
}

function remarksOf({ inputs, remarks }: RenderManifests): string[] {
  const labels = new Map([...inputs.clusters].map(([name, one]) => [name, one.labels]));
  const ofSources = inputs.sources.flatMap((source) => [
    ...leftOutOf(source).map((word) => `${nameOf(source)}: ${word}: left out of every copy`),
    ...unknownClusters(source, labels).map(
      (name) =>
        `${nameOf(source)}: spec.placement.clusters: no KubeFedCluster is named "${name}", it selects nothing`,
    ),
  ]);
  return [...remarks, ...ofSources];
}

/**
 * `object` null: the cluster gets none, and `reason` says why; null where it gets one. Of each cluster
 * one for every federated object, in the order of the manifests.
 */
function asJson(copies: readonly RenderedCopy[]): string {
  const rows = copies.map((copy) => ({
    cluster: copy.cluster,
    object: copy.object ?? null,
    reason: copy.object === undefined ? reasonOf(copy) : null,
  }));
  return JSON.stringify(rows, null, 2);
}

/** What is not given is a comment: all of it together may be applied. */
function asYaml(copies: readonly RenderedCopy[]): string {
  if (copies.length === 0) return '# no federated object is among the manifests';
  const documents = copies.map((copy) => {
    const head = `# cluster ${copy.cluster}: ${nameOf(copy.source)}`;
    if (copy.object === undefined) return `${head}: nothing: ${oneLine(reasonOf(copy))}`;
    return `${head}\n${stringify(copy.object).trimEnd()}`;
  });
  return documents.join('\n---\n');
}

/** `NotPlaced`, `ApplyOverridesFailed: override replace /data/a: is not there`. */
function reasonOf({ reason, message }: RenderedCopy): string {
  return message === '' ? reason : `${reason}: ${message}`;
}

/** `FederatedDeployment shop/web`. */
function nameOf({ kind, object }: RenderSource): string {
  return `${kind} ${keyOfObject(object)}`;
}

/** In a comment a line break would begin something else. */
function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ');
}
