/**
 * Text of manifests as people keep them -> the objects, each with the line where it stands: YAML
 * documents (JSON is YAML, too), Lists opened as `kubectl get -o yaml` prints them. What the objects
 * say is not looked at here.
 */

import { isAlias, LineCounter, parseAllDocuments } from 'yaml';
import type { FieldProblem } from '../kubefed/field-problem.ts';
import { listAt, textAt } from '../untyped.ts';
import { lineOfPath, type YamlPath, type YamlProblem } from './checked-yaml.ts';

export interface Manifest {
  readonly object: unknown;
  /** As complaints name it. */
  readonly file: string;
  /** Of a field (`spec.hosts[0]`), or of what is next above it. */
  readonly lineOf: (field: string) => number;
}

export type ReadManifests =
  | { readonly kind: 'ok'; readonly manifests: readonly Manifest[] }
  | { readonly kind: 'bad'; readonly problems: readonly YamlProblem[] };

/** Of one file; far more than a person keeps in one. */
const DOCUMENTS_MAX = 10_000;

export function readManifests(text: string, file: string): ReadManifests {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true });
  const bad = (line: number, message: string): ReadManifests => ({
    kind: 'bad',
    problems: [{ line, path: '', message }],
  });
  if (!Array.isArray(documents)) return { kind: 'ok', manifests: [] };
  if (documents.length > DOCUMENTS_MAX) return bad(0, `more than ${DOCUMENTS_MAX} documents`);
  const manifests: Manifest[] = [];
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) {
      const message = (error.message.split('\n')[0] ?? '').replace(/ at line \d+, .*$/, '');
      return bad(error.linePos?.[0].line ?? 0, message);
    }
    // Nothing but comments between two marks.
    if (document.contents === null || isAlias(document.contents)) continue;
    const object: unknown = document.toJS();
    if (object === null) continue;
    const within = (path: YamlPath) => (field: string) =>
      lineOfPath(document, { path: [...path, ...pathOfField(field)], lines });
    if (!isList(object)) manifests.push({ object, file, lineOf: within([]) });
    else {
      for (const [index, item] of listAt(object, 'items').entries()) {
        manifests.push({ object: item, file, lineOf: within(['items', index]) });
      }
    }
  }
  return { kind: 'ok', manifests };
}

/** `FederatedService shop/web`, `KubeFedCluster east`. */
export function describeManifest(object: unknown): string {
  const kind = textAt(object, 'kind') ?? 'an object without kind';
  const namespace = textAt(object, 'metadata', 'namespace') ?? '';
  const name = textAt(object, 'metadata', 'name') ?? '';
  const key = namespace === '' ? name : `${namespace}/${name}`;
  return key === '' ? kind : `${kind} ${key}`;
}

/** `file:line: Kind namespace/name: field: message`. */
export function formatManifestProblem(manifest: Manifest, problem: FieldProblem): string {
  const { field, message } = problem;
  const where = `${manifest.file}:${manifest.lineOf(field)}: ${describeManifest(manifest.object)}`;
  return field === '' ? `${where}: ${message}` : `${where}: ${field}: ${message}`;
}

function isList(object: unknown): boolean {
  const kind = textAt(object, 'kind') ?? '';
  return kind.endsWith('List') && Array.isArray((object as { items?: unknown }).items);
}

/** `spec.hosts[0]`, `metadata.annotations["a.b/c"]`. */
function pathOfField(field: string): YamlPath {
  return [...field.matchAll(/\[(\d+)\]|\["([^"]*)"\]|([^.[\]]+)/g)].map(
    ([, index, quoted, word]) => (index === undefined ? (quoted ?? word ?? '') : Number(index)),
  );
}
