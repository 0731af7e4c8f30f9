/**
 * Ingress extensions/v1beta1, networking.k8s.io/v1beta1 -> networking.k8s.io/v1. Pure.
 *
 *   backend: {serviceName: web, servicePort: 80}  ->  backend: {service: {name: web, port: {number: 80}}}
 *
 * Source: Kubernetes "Deprecated API Migration Guide", v1.22, Ingress.
 */

import type { JsonObject } from '../../api/kubefed/federated-object.ts';
import { listAt, textMapAt } from '../../api/untyped.ts';
import { type ConversionNotes, mapObjects, objectIn, withFields } from './conversion.ts';

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

export function convertIngress(ingress: JsonObject, notes: ConversionNotes): JsonObject {
  const spec = objectIn(ingress, 'spec');
  if (spec === undefined) return ingress;
  const converted = convertSpec(spec, notes);
  const ingressClass = textMapAt(ingress, 'metadata', 'annotations').get(CLASS_ANNOTATION);
  if (ingressClass !== undefined && notes.changes.length > 0) {
    notes.changes.push({
      field: `metadata.annotations["${CLASS_ANNOTATION}"]`,
      message: `kept; spec.ingressClassName: ${ingressClass} instead of it wants an IngressClass of that name`,
    });
  }
  return withFields(ingress, { spec: converted });
}

function convertSpec(spec: JsonObject, notes: ConversionNotes): JsonObject {
  const { backend, ...rest } = spec;
  const rules = mapObjects(spec['rules'], 'spec.rules', (rule, field) => {
    const http = objectIn(rule, 'http');
    if (http === undefined) return rule;
    const paths = mapObjects(http['paths'], `${field}.http.paths`, (path, at) =>
      convertPath(path, at, notes),
    );
    return withFields(rule, { http: withFields(http, { paths }) });
  });
  const given = objectIn(spec, 'backend');
  if (given === undefined) return withFields(spec, { rules });
  notes.changes.push({ field: 'spec.backend', message: 'is spec.defaultBackend' });
  const defaultBackend = convertBackend(given, 'spec.defaultBackend', notes);
  return withFields({ defaultBackend, ...rest }, { rules });
}

function convertPath(path: JsonObject, field: string, notes: ConversionNotes): JsonObject {
  const given = objectIn(path, 'backend');
  const backend =
    given === undefined ? undefined : convertBackend(given, `${field}.backend`, notes);
  const { backend: _, ...rest } = path;
  if (path['pathType'] !== undefined) return withFields(path, { backend });
  const pathType = 'ImplementationSpecific';
  notes.changes.push({ field: `${field}.pathType`, message: `was not said: ${pathType}` });
  return withFields({ ...rest, pathType }, { backend });
}

function convertBackend(backend: JsonObject, field: string, notes: ConversionNotes): JsonObject {
  const { serviceName, servicePort, ...rest } = backend;
  if (serviceName === undefined && servicePort === undefined) return backend;
  if (typeof serviceName !== 'string' || serviceName === '') {
    notes.problems.push({ field: `${field}.serviceName`, message: 'is missing' });
    return backend;
  }
  const port = portOf(servicePort);
  if (port === undefined) {
    notes.problems.push({ field: `${field}.servicePort`, message: 'is no number and no name' });
    return backend;
  }
  const [kind] = Object.keys(port);
  const message = `serviceName, servicePort are service.name, service.port.${kind}`;
  notes.changes.push({ field, message });
  return { ...rest, service: { name: serviceName, port } };
}

/** What looks like a number was one: no port is named so. */
function portOf(said: unknown): JsonObject | undefined {
  const isNumber = typeof said === 'number' || (typeof said === 'string' && /^\d+$/.test(said));
  if (isNumber) return { number: Number(said) };
  return typeof said === 'string' && said !== '' ? { name: said } : undefined;
}

/** Its own version says nothing of it where a template leaves it out: its fields do. */
export function isOldIngress(ingress: JsonObject): boolean {
  if (objectIn(ingress, 'spec', 'backend') !== undefined) return true;
  return listAt(ingress, 'spec', 'rules').some((rule) =>
    listAt(rule, 'http', 'paths').some((path) => {
      const backend = objectIn(path, 'backend');
      return backend?.['serviceName'] !== undefined || backend?.['servicePort'] !== undefined;
    }),
  );
}

/** Of an override: the same place in a converted Ingress; undefined: it is the same. */
export function ingressPath(path: string, value: unknown): string | undefined {
  const [, head = '', field = ''] =
    /^(.*\/(?:backend|defaultBackend))\/(serviceName|servicePort)$/.exec(path) ?? [];
  const start = (head === '' ? path : head).replace(
    /^\/spec\/backend(?=\/|$)/,
    '/spec/defaultBackend',
  );
  if (field === '') return start === path ? undefined : start;
  if (field === 'serviceName') return `${start}/service/name`;
  const [kind = 'number'] = Object.keys(portOf(value) ?? {});
  return `${start}/service/port/${kind}`;
}
