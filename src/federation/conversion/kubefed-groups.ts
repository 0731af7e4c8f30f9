/**
 * Objects of KubeFed's earlier API groups -> those of its last releases: group, version, kind, names
 * of its labels, fields that had other names. Pure.
 *
 *   types.federation.k8s.io, types.kubefed.k8s.io  ->  types.kubefed.io/v1beta1
 *
 * Source: specs of KubeFed, "Version map", "API groups and kinds"; its change log up to 0.1.0.
 */

import type { JsonObject } from '../../api/kubefed/federated-object.ts';
import { textAt } from '../../api/untyped.ts';
import { type ConversionNotes, mapObjects, objectIn, withFields } from './conversion.ts';

const OLD_GROUP = /^([a-z]+)\.(?:kubefed|federation)\.k8s\.io$/;

/** By the first word of the group. */
const VERSIONS: Readonly<Record<string, string>> = {
  core: 'v1beta1',
  types: 'v1beta1',
  scheduling: 'v1alpha1',
  multiclusterdns: 'v1alpha1',
};
const ALPHA_KINDS = new Set([
  'ClusterPropagatedVersion',
  'FederatedServiceStatus',
  'PropagatedVersion',
]);

/** `core.kubefed.io/v1beta1`; undefined: it is none of the old ones. */
function currentVersion(apiVersion: string, kind: string): string | undefined {
  const [group = '', version = ''] = apiVersion.split('/');
  const name = OLD_GROUP.exec(group)?.[1] ?? /^(core|types)\.kubefed\.io$/.exec(group)?.[1];
  const current = name === undefined ? undefined : VERSIONS[name];
  if (name === undefined || current === undefined) return undefined;
  const wanted = `${name}.kubefed.io/${ALPHA_KINDS.has(kind) ? 'v1alpha1' : current}`;
  return `${group}/${version}` === wanted ? undefined : wanted;
}

/** Also what refers to these groups from within. */
export function convertKubefedGroups(object: JsonObject, notes: ConversionNotes): JsonObject {
  const apiVersion = textAt(object, 'apiVersion') ?? '';
  const kind = textAt(object, 'kind') ?? '';
  const wanted = currentVersion(apiVersion, kind);
  if (wanted === undefined) {
    const isLost = OLD_GROUP.test(apiVersion.split('/')[0] ?? '');
    if (isLost) notes.problems.push({ field: 'apiVersion', message: `${apiVersion} has no heir` });
    return convertDefinition(object, notes);
  }
  const why = whyNot(object, kind);
  if (why !== undefined) {
    notes.problems.push(why);
    return object;
  }
  notes.changes.push({ field: 'apiVersion', message: `${apiVersion} is ${wanted}` });
  const current = kind.replace(/^Kubefed(?=Cluster$|Config$)/, 'KubeFed');
  if (current !== kind) notes.changes.push({ field: 'kind', message: `${kind} is ${current}` });
  const renamed = withFields(object, { apiVersion: wanted, kind: current });
  const marked = withMetadata(renamed, notes);
  const spec = objectIn(marked, 'spec');
  const convertSpec = SPECS[current];
  if (spec === undefined || convertSpec === undefined) return marked;
  return withFields(marked, { spec: convertSpec(spec, notes) });
}

function whyNot(object: JsonObject, kind: string) {
  if (objectIn(object, 'spec', 'clusterRef') !== undefined || kind === 'FederatedCluster') {
    const message = 'names an entry of the cluster registry, which is gone: "fedns join" makes it';
    return { field: 'spec.clusterRef', message };
  }
  if (/^Federated.+(Placement|Override)$/.test(kind)) {
    const message = `${kind} is a part of its Federated<Kind> now: spec.placement, spec.overrides`;
    return { field: 'kind', message };
  }
  return undefined;
}

/** Definitions of the old groups are made anew, not renamed. */
function convertDefinition(object: JsonObject, notes: ConversionNotes): JsonObject {
  const group = textAt(object, 'spec', 'group') ?? '';
  if (textAt(object, 'kind') !== 'CustomResourceDefinition' || !OLD_GROUP.test(group))
    return object;
  const message = `${group} is gone: "fedns enable" makes the definition of a federated type`;
  notes.problems.push({ field: 'spec.group', message });
  return object;
}

const OLD_KEY = /^(?:kubefed|federation)\.k8s\.io\//;

function withMetadata(object: JsonObject, notes: ConversionNotes): JsonObject {
  const metadata = objectIn(object, 'metadata');
  if (metadata === undefined) return object;
  const rename = (name: string, field: string) => {
    const renamed = name.replace(OLD_KEY, 'kubefed.io/');
    if (renamed !== name) notes.changes.push({ field, message: `${name} is ${renamed}` });
    return renamed;
  };
  const renamedKeys = (part: string) => {
    const given = objectIn(metadata, part);
    if (given === undefined) return metadata[part];
    const entries = Object.entries(given).map(([key, value]) => {
      return [rename(key, `metadata.${part}["${key}"]`), value] as const;
    });
    return Object.fromEntries(entries);
  };
  const { finalizers } = metadata;
  return withFields(object, {
    metadata: withFields(metadata, {
      labels: renamedKeys('labels'),
      annotations: renamedKeys('annotations'),
      finalizers: Array.isArray(finalizers)
        ? finalizers.map((one, index) => rename(String(one), `metadata.finalizers[${index}]`))
        : finalizers,
    }),
  });
}

type ConvertSpec = (spec: JsonObject, notes: ConversionNotes) => JsonObject;

/** By kind: fields that have other names now. */
const SPECS: Readonly<Record<string, ConvertSpec>> = {
  FederatedTypeConfig: convertTypeConfig,
  KubeFedConfig: convertConfig,
};

function convertTypeConfig(spec: JsonObject, notes: ConversionNotes): JsonObject {
  const { target, namespaced, propagationEnabled, enableStatus, ...rest } = spec;
  const told = (was: string, is: string, value: unknown) => {
    if (value !== undefined) notes.changes.push({ field: `spec.${was}`, message: `is spec.${is}` });
  };
  told('target', 'targetType', target);
  told('propagationEnabled', 'propagation', propagationEnabled);
  told('enableStatus', 'statusCollection', enableStatus);
  told('namespaced', 'targetType.scope', namespaced);
  const scope = namespaced === undefined ? undefined : namespaced ? 'Namespaced' : 'Cluster';
  const typeAt = (field: string, given: unknown) => {
    const type = objectIn({ given }, 'given');
    if (type === undefined) return given;
    const group = textAt(type, 'group');
    const current = group?.replace(OLD_GROUP, '$1.kubefed.io');
    const isOld = current !== group;
    if (isOld)
      notes.changes.push({ field: `spec.${field}.group`, message: `${group} is ${current}` });
    const version = isOld ? 'v1beta1' : type['version'];
    return withFields({ scope, ...type }, { group: current, version });
  };
  return withFields(rest, {
    targetType: typeAt('targetType', rest['targetType'] ?? target),
    federatedType: typeAt('federatedType', rest['federatedType']),
    statusType: typeAt('statusType', rest['statusType']),
    propagation: rest['propagation'] ?? switchOf(propagationEnabled),
    statusCollection: rest['statusCollection'] ?? switchOf(enableStatus),
  });
}

function switchOf(value: unknown): string | undefined {
  return value === undefined ? undefined : value === true ? 'Enabled' : 'Disabled';
}

function convertConfig(spec: JsonObject, notes: ConversionNotes): JsonObject {
  const change = (field: string, message: string) => notes.changes.push({ field, message });
  const { registryNamespace, ...rest } = spec;
  if (registryNamespace !== undefined) change('spec.registryNamespace', 'is left out: it is gone');
  const check = objectIn(rest, 'clusterHealthCheck');
  const { periodSeconds, timeoutSeconds, ...checks } = check ?? {};
  for (const [field, value] of Object.entries({ periodSeconds, timeoutSeconds })) {
    if (value === undefined) continue;
    change(`spec.clusterHealthCheck.${field}`, `is ${field.replace('Seconds', '')}: ${value}s`);
  }
  const sync = objectIn(rest, 'syncController');
  const { skipAdoptingResources: skips, ...syncs } = sync ?? {};
  if (skips !== undefined) change('spec.syncController.skipAdoptingResources', 'is adoptResources');
  const gates = mapObjects(rest['featureGates'], 'spec.featureGates', (gate, field) => {
    const { enabled, ...named } = gate;
    if (enabled === undefined) return gate;
    change(`${field}.enabled`, 'is configuration');
    return { ...named, configuration: switchOf(enabled) };
  });
  const seconds = (value: unknown) => (value === undefined ? undefined : `${value}s`);
  return withFields(rest, {
    clusterHealthCheck:
      check &&
      withFields(
        withFields({}, { period: seconds(periodSeconds), timeout: seconds(timeoutSeconds) }),
        checks,
      ),
    syncController:
      sync &&
      withFields(
        withFields(
          {},
          { adoptResources: skips === undefined ? undefined : switchOf(skips !== true) },
        ),
        syncs,
      ),
    featureGates: gates,
  });
}
