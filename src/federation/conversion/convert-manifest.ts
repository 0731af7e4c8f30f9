/**
 * A manifest of any kind in shapes that are served today: plain objects, templates of federated ones,
 * their overrides and placements, KubeFed's earlier groups. Pure; what is current stays as it is.
 */

import { isJsonObject, type JsonObject } from '../../api/kubefed/federated-object.ts';
import { listAt, textAt, valueAt } from '../../api/untyped.ts';
import {
  type ConversionNotes,
  type Converted,
  newNotes,
  objectIn,
  withFields,
} from './conversion.ts';
import { convertTemplate } from './convert-template.ts';
import { convertKubefedGroups } from './kubefed-groups.ts';
import { convertOverrides } from './override-paths.ts';
import { removedTarget } from './removed-versions.ts';

export function convertManifest(given: JsonObject): Converted {
  const notes = newNotes();
  const object = convertKubefedGroups(given, notes);
  if (notes.problems.length > 0) return { object: given, ...notes };
  const kind = textAt(object, 'kind') ?? '';
  const group = (textAt(object, 'apiVersion') ?? '').split('/')[0] ?? '';
  if (kind === 'FederatedTypeConfig') refuseRemovedTarget(object, notes);
  if (group.endsWith('.kubefed.io') || isFederated(object, kind)) {
    const converted = isFederated(object, kind) ? convertFederated(object, notes) : object;
    return { object: converted, ...notes };
  }
  const { template, changes, problems } = convertTemplate(object);
  return { object: template, changes, problems };
}

/**
 * The same of an object that is read, not written: what nobody can rewrite stays as it is, for the
 * member to refuse it.
 */
export function servedShape(given: unknown): unknown {
  if (!isJsonObject(given)) return given;
  const { object, problems } = convertManifest(given);
  return problems.length > 0 ? given : object;
}

/** Of any group: `enable` may have been told another. */
function isFederated(object: JsonObject, kind: string): boolean {
  const hasParts = ['template', 'placement'].some((part) => objectIn(object, 'spec', part));
  const isOfCore = ['FederatedTypeConfig', 'FederatedServiceStatus'].includes(kind);
  return /^Federated./.test(kind) && hasParts && !isOfCore;
}

function convertFederated(object: JsonObject, notes: ConversionNotes): JsonObject {
  const spec = objectIn(object, 'spec') ?? {};
  const kind = (textAt(object, 'kind') ?? '').slice('Federated'.length);
  const given = objectIn(spec, 'template');
  const converted = given && convertTemplate({ kind, ...given });
  const within = (one: { readonly field: string; readonly message: string }) => ({
    ...one,
    field: `spec.template.${one.field}`,
  });
  notes.changes.push(...(converted?.changes ?? []).map(within));
  notes.problems.push(...(converted?.problems ?? []).map(within));
  const isConverted = (converted?.changes ?? []).length > 0;
  const template = isConverted ? withOwnKind(converted?.template, given) : given;
  const around = { kind, isConverted, template, notes };
  return withFields(object, {
    spec: withFields(spec, {
      template,
      placement: convertPlacement(spec['placement'], notes),
      overrides: convertOverrides(spec['overrides'], 'spec.overrides', around),
      selectorOverrides: convertOverrides(
        spec['selectorOverrides'],
        'spec.selectorOverrides',
        around,
      ),
    }),
  });
}

/** Templates need not say what they are: one that did not does not. */
function withOwnKind(converted: JsonObject | undefined, given: JsonObject | undefined) {
  if (converted === undefined || given?.['kind'] !== undefined) return converted;
  const { kind: _, ...rest } = converted;
  return rest;
}

/** Before 0.1 clusters were a list of names. */
function convertPlacement(placement: unknown, notes: ConversionNotes): unknown {
  const names = valueAt(placement, 'clusterNames');
  const said = objectIn({ placement }, 'placement');
  if (said === undefined || !Array.isArray(names)) return placement;
  const { clusterNames: _, ...rest } = said;
  const field = 'spec.placement.clusterNames';
  if (said['clusters'] !== undefined) {
    notes.problems.push({
      field,
      message: 'stands beside spec.placement.clusters: which is meant?',
    });
    return placement;
  }
  notes.changes.push({ field, message: 'is spec.placement.clusters, each with its name' });
  return { clusters: listAt(placement, 'clusterNames').map((name) => ({ name })), ...rest };
}

function refuseRemovedTarget(object: JsonObject, notes: ConversionNotes): void {
  const target = objectIn(object, 'spec', 'targetType');
  const message = removedTarget({
    group: textAt(target, 'group') ?? '',
    version: textAt(target, 'version') ?? '',
    kind: textAt(target, 'kind') ?? '',
  });
  if (message !== undefined) notes.problems.push({ field: 'spec.targetType.version', message });
}
