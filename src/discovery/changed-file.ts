/**
 * What somebody means to change, as `fedns simulate -f` takes it: YAML documents, each either a
 * Kubernetes manifest (Service, EndpointSlice, or a List of them as `kubectl get -o yaml` prints
 * it) or one of ours:
 *
 *   whenUnreachable: keep                 # the default of all namespaces but those below
 *   namespacePolicies: {payments: freeze}
 *   services:
 *     - namespace: default
 *       name: web
 *       clusters: [east]                  # all that have it unless said
 *       ready: false                      # whether it has a ready endpoint
 *       addresses: [192.0.2.1]            # of its load balancer
 *       annotations: {fedns.io/drain: "true"}   # laid over those it has
 *       absent: true                      # it is deleted there
 *
 * Pure: text -> checked values. What is not said stays as it is.
 */

import { isAlias, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { listAt, textAt } from '../api/untyped.ts';
import { formatYamlPath } from '../api/yaml/checked-yaml.ts';
import { InputError } from '../dns/errors.ts';
import { WHEN_UNREACHABLE, type WhenUnreachable } from './health/liveness.ts';

const SERVICE = z.strictObject({
  namespace: z.string().min(1),
  name: z.string().min(1),
  clusters: z.array(z.string().min(1)).min(1).optional(),
  ready: z.boolean().optional(),
  addresses: z.array(z.string().min(1)).optional(),
  annotations: z.record(z.string().startsWith('fedns.io/'), z.string()).optional(),
  absent: z.boolean().optional(),
});
const OURS = z.strictObject({
  whenUnreachable: z.enum(WHEN_UNREACHABLE).optional(),
  namespacePolicies: z.record(z.string(), z.enum(WHEN_UNREACHABLE)).default({}),
  services: z.array(SERVICE).default([]),
});

export type ChangedService = z.infer<typeof SERVICE>;

export interface ChangedFile {
  /** undefined: not said of this namespace. */
  readonly policyOf: (namespace: string) => WhenUnreachable | undefined;
  readonly services: readonly ChangedService[];
  /** By service key: objects as they are in the file. */
  readonly manifests: ReadonlyMap<string, ChangedManifests>;
  /** One line each: what of it says nothing to us. */
  readonly problems: readonly string[];
}

export interface ChangedManifests {
  /** undefined: only its slices are others. */
  readonly service: unknown;
  /** undefined: they stay as they are. */
  readonly slices: readonly unknown[] | undefined;
}

/** Of one file; far more than any cluster's Services. */
const DOCUMENTS_MAX = 10_000;

/** Throws InputError CHANGED, one line a problem. */
export function parseChangedFile(text: string, file: string): ChangedFile {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents) || documents.length === 0) throw wrong(file, 'nothing is in it');
  if (documents.length > DOCUMENTS_MAX) throw wrong(file, `more than ${DOCUMENTS_MAX} documents`);
  let whenUnreachable: WhenUnreachable | undefined;
  const policies = new Map<string, WhenUnreachable>();
  const services: ChangedService[] = [];
  const objects: unknown[] = [];
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) {
      const line = error.linePos?.[0].line ?? 0;
      throw wrong(`${file}:${line}`, error.message.split('\n')[0] ?? '');
    }
    if (document.contents === null || isAlias(document.contents)) continue;
    const value: unknown = document.toJS();
    if (textAt(value, 'kind') !== undefined) objects.push(...flattened(value));
    else {
      const ours = checkedOurs(value, file);
      whenUnreachable = ours.whenUnreachable ?? whenUnreachable;
      for (const [name, policy] of Object.entries(ours.namespacePolicies)) {
        policies.set(name, policy);
      }
      services.push(...ours.services);
    }
  }
  const policyOf = (namespace: string) => policies.get(namespace) ?? whenUnreachable;
  return { policyOf, services, ...manifestsOf(objects, file) };
}

function checkedOurs(value: unknown, file: string): z.infer<typeof OURS> {
  const result = OURS.safeParse(value);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => {
    const at = formatYamlPath(path.map((part) => (typeof part === 'symbol' ? '' : part)));
    return `${file}: ${at === '' ? '' : `${at}: `}${message}`;
  });
  throw new InputError('CHANGED', lines.join('\n'), file);
}

function flattened(value: unknown): readonly unknown[] {
  return /List$/.test(textAt(value, 'kind') ?? '') ? listAt(value, 'items') : [value];
}

function manifestsOf(
  objects: readonly unknown[],
  file: string,
): Pick<ChangedFile, 'manifests' | 'problems'> {
  const manifests = new Map<string, { service: unknown; slices: unknown[] | undefined }>();
  const problems: string[] = [];
  const at = (key: string) => {
    const found = manifests.get(key) ?? { service: undefined, slices: undefined };
    manifests.set(key, found);
    return found;
  };
  for (const object of objects) {
    const kind = textAt(object, 'kind') ?? '';
    const namespace = textAt(object, 'metadata', 'namespace') ?? 'default';
    const name = textAt(object, 'metadata', 'name') ?? '';
    const service =
      kind === 'Service'
        ? name
        : textAt(object, 'metadata', 'labels', 'kubernetes.io/service-name');
    if (kind === 'Service' && name !== '') at(`${namespace}/${name}`).service = object;
    else if (kind === 'EndpointSlice' && service !== undefined) {
      const found = at(`${namespace}/${service}`);
      found.slices = [...(found.slices ?? []), object];
    } else problems.push(`${file}: ${kind} ${namespace}/${name}: says nothing of names, left out`);
  }
  return { manifests, problems };
}

function wrong(where: string, what: string): InputError {
  return new InputError('CHANGED', `${where}: ${what}`);
}
