/**
 * Paths of overrides as federation once wrote them -> JSON pointers; and paths into a template that
 * has another shape now. Pure.
 */

import { pointerOf } from '../../api/dotted-path.ts';
import { isJsonObject, type JsonObject } from '../../api/kubefed/federated-object.ts';
import { good } from '../../api/read.ts';
import { autoscalerPath } from './autoscaler.ts';
import { type ConversionNotes, mapObjects, withFields } from './conversion.ts';
import { ingressPath } from './ingress.ts';

export interface OverriddenTemplate {
  readonly kind: string;
  /** Its shape became another. */
  readonly isConverted: boolean;
  /** As it is now; undefined: there is none. */
  readonly template: JsonObject | undefined;
}

/** `spec.overrides` and `spec.selectorOverrides` alike. */
export function convertOverrides(
  overrides: unknown,
  field: string,
  around: OverriddenTemplate & { readonly notes: ConversionNotes },
): unknown {
  return mapObjects(overrides, field, (one, at) => {
    const inner = `${at}.clusterOverrides`;
    const clusterOverrides = mapObjects(one['clusterOverrides'], inner, (override, place) =>
      convertOverride(override, place, around),
    );
    return withFields(one, { clusterOverrides });
  });
}

function convertOverride(
  override: JsonObject,
  field: string,
  { kind, isConverted, template, notes }: OverriddenTemplate & { readonly notes: ConversionNotes },
): JsonObject {
  const said = override['path'];
  if (typeof said !== 'string' || said === '') return override;
  const at = `${field}.path`;
  const isDotted = !said.startsWith('/');
  const pointer = isDotted ? pointerOf(said) : good(said);
  if (pointer.kind === 'bad') {
    notes.problems.push({ field: at, message: pointer.problem });
    return override;
  }
  const moved = isConverted ? movedPath(kind, pointer.value, override['value']) : undefined;
  const path = moved ?? pointer.value;
  if (path !== said) notes.changes.push({ field: at, message: `${said} is ${path}` });
  if (isConverted && holdsOldShape(override['value'])) {
    const message = 'holds a part of the old shape of the template: only a person can rewrite it';
    notes.problems.push({ field: `${field}.value`, message });
  }
  if (!isDotted) return path === said ? override : withFields(override, { path });
  return withFields(override, { path, ...opOf(override, path, { template, field, notes }) });
}

function movedPath(kind: string, path: string, value: unknown): string | undefined {
  if (kind === 'Ingress') return ingressPath(path, value);
  return kind === 'HorizontalPodAutoscaler' ? autoscalerPath(path) : undefined;
}

function holdsOldShape(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const text = JSON.stringify(value);
  return /"(serviceName|servicePort|targetAverage\w+|targetValue|metricName)":/.test(text);
}

interface Around {
  readonly template: JsonObject | undefined;
  readonly field: string;
  readonly notes: ConversionNotes;
}

/** A dotted path set a field, there or not; `replace` wants it to be there. */
function opOf(override: JsonObject, path: string, { template, field, notes }: Around): JsonObject {
  if (override['op'] !== undefined || template === undefined) return {};
  const parts = path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const parent = parts.slice(0, -1).reduce<unknown>(stepInto, template);
  if (stepInto(parent, parts.at(-1) ?? '') !== undefined) return {};
  if (!isJsonObject(parent)) {
    const message = `${path}: its parent is not in the template, where it must be`;
    notes.problems.push({ field: `${field}.path`, message });
    return {};
  }
  notes.changes.push({
    field: `${field}.op`,
    message: 'add: the template does not have the field',
  });
  return { op: 'add' };
}

function stepInto(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return /^\d+$/.test(key) ? value[Number(key)] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
