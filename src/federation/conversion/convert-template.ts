/**
 * A template of a federated object, or any object as it stands, in a shape that API servers take:
 * what guides still show and no API server has any more is rewritten, or told with field and remedy.
 * Pure; what is current comes back as it was, by identity.
 */

import { type ApiResource, apiVersionOf } from '../../api/kubefed/api-resource.ts';
import type { JsonObject } from '../../api/kubefed/federated-object.ts';
import type { FieldProblem } from '../../api/kubefed/field-problem.ts';
import { textAt } from '../../api/untyped.ts';
import { convertAutoscaler, isOldAutoscaler } from './autoscaler.ts';
import {
  type ConversionNotes,
  type FieldChange,
  newNotes,
  objectIn,
  withFields,
} from './conversion.ts';
import { convertIngress, isOldIngress } from './ingress.ts';
import { type ConvertKind, removedVersion } from './removed-versions.ts';

export interface ConvertedTemplate {
  readonly template: JsonObject;
  /** Fields are the template's own: `spec.selector`. */
  readonly changes: readonly FieldChange[];
  /** With any of them the template is of no use. */
  readonly problems: readonly FieldProblem[];
}

/** `target`: of the type config, for what the template leaves out. */
export function convertTemplate(
  template: JsonObject,
  target?: Pick<ApiResource, 'group' | 'version' | 'kind'>,
): ConvertedTemplate {
  const notes = newNotes();
  const kind = textAt(template, 'kind') ?? target?.kind ?? '';
  const own = textAt(template, 'apiVersion');
  const apiVersion = own ?? (target === undefined ? '' : apiVersionOf(target));
  const removed = removedVersion(apiVersion, kind);
  if (removed?.kind === 'gone') {
    notes.problems.push({ field: 'apiVersion', message: `${apiVersion} ${kind}: ${removed.why}` });
    return { template, ...notes };
  }
  let converted = template;
  if (removed !== undefined) {
    notes.changes.push({ field: 'apiVersion', message: `${apiVersion} is ${removed.to}` });
    const { apiVersion: _, kind: said, ...rest } = template;
    const head = withFields({}, { apiVersion: removed.to, kind: said });
    // Asked by its kind, which a template need not say.
    const made = removed.convert({ ...rest, kind }, notes, apiVersion);
    const { kind: _kind, ...body } = made;
    converted = { ...head, ...body };
  } else {
    converted = byFields(apiVersion, kind)?.(template, notes, apiVersion) ?? template;
  }
  if (kind === 'HorizontalPodAutoscaler') converted = withCurrentTarget(converted, notes);
  return { template: notes.changes.length === 0 ? template : converted, ...notes };
}

/** Whose fields are of a version that it does not say; others have kinds of these names, too. */
function byFields(apiVersion: string, kind: string): ConvertKind | undefined {
  const group = apiVersion.split('/')[0];
  const isOf = (one: string) => apiVersion === '' || group === one;
  if (kind === 'Ingress' && isOf('networking.k8s.io')) {
    return (object, notes) => (isOldIngress(object) ? convertIngress(object, notes) : object);
  }
  if (kind === 'HorizontalPodAutoscaler' && isOf('autoscaling')) {
    return (object, notes) => (isOldAutoscaler(object) ? convertAutoscaler(object, notes) : object);
  }
  return undefined;
}

/** What it scales may be named in a version that is gone. */
function withCurrentTarget(autoscaler: JsonObject, notes: ConversionNotes): JsonObject {
  const spec = objectIn(autoscaler, 'spec');
  const scaled = objectIn(spec, 'scaleTargetRef');
  const before = textAt(scaled, 'apiVersion') ?? '';
  const removed = removedVersion(before, textAt(scaled, 'kind') ?? '');
  if (spec === undefined || scaled === undefined || removed?.kind !== 'converted') {
    return autoscaler;
  }
  const { to: apiVersion } = removed;
  const field = 'spec.scaleTargetRef.apiVersion';
  notes.changes.push({ field, message: `${before} is ${apiVersion}` });
  const scaleTargetRef = withFields(scaled, { apiVersion });
  return withFields(autoscaler, { spec: withFields(spec, { scaleTargetRef }) });
}

export interface RemovedShape {
  /** `spec.rules[0].http.paths[0].backend`. */
  readonly field: string;
  /** One line, for a status. */
  readonly remedy: string;
}

/** The first field that no API server takes any more; undefined: none is known. */
export function removedShape(
  template: JsonObject,
  target?: Pick<ApiResource, 'group' | 'version' | 'kind'>,
): RemovedShape | undefined {
  const { changes, problems } = convertTemplate(template, target);
  const [problem] = problems;
  if (problem !== undefined) return { field: problem.field, remedy: problem.message };
  const [change] = changes;
  if (change === undefined) return undefined;
  return { field: change.field, remedy: `${change.message}: "fedns convert" rewrites it` };
}
