/**
 * Manifests -> what `fedns render` takes: clusters, types, federated objects. KubeFedConfig says the
 * scope, if it is among them. Pure; throws VerbError for what is wrong, one line each.
 *
 * Overrides and placements are not refused here: what is wrong with them is a reason of the output,
 * as it would be in the object's status.
 */

import { checkObject } from '../../api/kubefed/check-object.ts';
import { readFederatedObject } from '../../api/kubefed/federated-object.ts';
import {
  type FederatedTypeConfig,
  readFederatedTypeConfig,
} from '../../api/kubefed/federated-type-config.ts';
import { listAt, textAt, textMapAt } from '../../api/untyped.ts';
import {
  describeManifest,
  formatManifestProblem,
  type Manifest,
} from '../../api/yaml/manifests.ts';
import { servedShape } from '../../federation/conversion/convert-manifest.ts';
import { isNamespace } from '../../federation/copies/member-object.ts';
import { typeOfManifest } from '../../federation/federated-types/type-of-manifest.ts';
import type { RenderedCluster, RenderInputs, RenderSource } from '../../federation/render.ts';
import { VerbError } from '../output.ts';
import { refusedManifest } from './read-manifest-files.ts';

export interface RenderManifests {
  readonly inputs: RenderInputs;
  /** One line each: what says nothing here. */
  readonly remarks: readonly string[];
}

const CONTROL_PLANE_NAMESPACE = 'kube-federation-system';

export function renderInputsOf(manifests: readonly Manifest[]): RenderManifests {
  refuseRepeated(manifests);
  const ofCore = (kind: string) =>
    manifests.filter(({ object }) => {
      const isCore = textAt(object, 'apiVersion')?.startsWith('core.kubefed.io/') === true;
      return isCore && textAt(object, 'kind') === kind;
    });
  const clusters = ofCore('KubeFedCluster');
  if (clusters.length === 0) {
    throw new VerbError('no KubeFedCluster is among the manifests: nothing is placed anywhere', 2);
  }
  const configs = ofCore('FederatedTypeConfig');
  const settings = ofCore('KubeFedConfig');
  const said = new Set([...clusters, ...configs, ...settings]);
  const types = configs.map(readConfig);
  const sources: RenderSource[] = [];
  const remarks: string[] = [];
  for (const manifest of manifests) {
    if (said.has(manifest)) continue;
    const source = readSource(manifest, types);
    if (source !== undefined) sources.push(source);
    else {
      const message = 'is no federated type, left out';
      remarks.push(formatManifestProblem(manifest, { field: '', message }));
    }
  }
  const [host] = [...settings, ...clusters].flatMap(
    ({ object }) => textAt(object, 'metadata', 'namespace') ?? [],
  );
  const isOfNamespace = settings.some(
    ({ object }) => textAt(object, 'spec', 'scope') === 'Namespaced',
  );
  return {
    inputs: {
      clusters: new Map(clusters.map(readCluster)),
      sources,
      scope: isOfNamespace ? 'Namespaced' : 'Cluster',
      controlPlaneNamespace: host ?? CONTROL_PLANE_NAMESPACE,
    },
    remarks,
  };
}

/** By group, kind, namespace and name, as an API server tells objects apart. */
function refuseRepeated(manifests: readonly Manifest[]): void {
  const seen = new Set<string>();
  for (const manifest of manifests) {
    const { object } = manifest;
    if (textAt(object, 'kind') === undefined) throw refusedManifest(manifest, 'kind', 'is missing');
    if ((textAt(object, 'metadata', 'name') ?? '') === '') {
      throw refusedManifest(manifest, 'metadata.name', 'is missing');
    }
    const group = textAt(object, 'apiVersion')?.replace(/\/?[^/]*$/, '');
    const id = `${group} ${describeManifest(object)}`;
    if (seen.has(id)) throw refusedManifest(manifest, '', 'is there twice');
    seen.add(id);
  }
}

function readConfig(manifest: Manifest): FederatedTypeConfig {
  const [problem] = checkObject(manifest.object);
  if (problem !== undefined) throw refusedManifest(manifest, problem.field, problem.message);
  const read = readFederatedTypeConfig(manifest.object);
  if (read.kind === 'good') return read.value;
  throw refusedManifest(manifest, '', read.problem);
}

/** Written by hand it has no status, and is ready; one of a host is as its status says. */
function readCluster({ object }: Manifest): [string, RenderedCluster] {
  const conditions = listAt(object, 'status', 'conditions');
  const ready = conditions.find((one) => textAt(one, 'type') === 'Ready');
  const isReady = conditions.length === 0 || textAt(ready, 'status') === 'True';
  const labels = textMapAt(object, 'metadata', 'labels');
  return [textAt(object, 'metadata', 'name') ?? '', { labels, isReady }];
}

/** undefined: of no federated type. */
function readSource(
  manifest: Manifest,
  types: readonly FederatedTypeConfig[],
): RenderSource | undefined {
  const { object } = manifest;
  const type = typeOfManifest(object, types);
  if (type === undefined) return undefined;
  if (type.kind === 'bad') throw refusedManifest(manifest, '', type.problem);
  const { target, convertsTemplates } = type.value;
  const read = readFederatedObject(convertsTemplates ? servedShape(object) : object);
  if ((target.isNamespaced || isNamespace(target)) && read.namespace === '') {
    throw refusedManifest(manifest, 'metadata.namespace', 'is missing');
  }
  const problems = checkObject(object).filter(({ field }) => !/^spec\.(ov|pl)/.test(field));
  const lines = problems
    .filter(({ field }) => field !== 'metadata.name')
    .map((problem) => formatManifestProblem(manifest, problem));
  if (lines.length > 0) throw new VerbError(lines.join('\n'), 2);
  return { kind: textAt(object, 'kind') ?? '', object: read, type: type.value };
}
