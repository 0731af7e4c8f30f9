/** deploy/admission.md as rows, each with the object that it says is refused. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

export const DEPLOY = join(import.meta.dirname, '../../deploy');
const MANIFESTS = join(import.meta.dirname, 'manifests');

export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

export interface AdmissionRow {
  /** For titles. */
  readonly title: string;
  readonly field: string;
  readonly by: string;
  readonly message: string;
  /** Good, of this kind. */
  readonly good: ManifestObject;
  /** The same with what the row says is refused. */
  readonly refused: ManifestObject;
}

/** Good objects, in the order of the files in which they stand. */
export function manifestObjects(file: string): readonly ManifestObject[] {
  const text = readFileSync(join(MANIFESTS, file), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS());
}

export const MANIFEST_FILES = readdirSync(MANIFESTS);

export function admissionRows(): readonly AdmissionRow[] {
  const goods = MANIFEST_FILES.flatMap(manifestObjects);
  const page = readFileSync(join(DEPLOY, 'admission.md'), 'utf8');
  const lines = page.split('\n').filter((line) => line.startsWith('| '));
  const start = lines.findIndex((line) => line.startsWith('| KubeFedCluster'));
  const end = lines.findIndex((line) => line.startsWith('| what | why'));
  return lines.slice(start, end).map((line) => rowOf(line, goods));
}

function rowOf(line: string, goods: readonly ManifestObject[]): AdmissionRow {
  const cells = line.split('|').map((cell) => cell.trim());
  const [, kind = '', field = '', check = '', example = '', by = '', message = ''] = cells;
  if (cells.length !== 8) throw new Error(`a row of ${cells.length - 2} cells: ${line}`);
  const of = kind.startsWith('Federated\\<') ? 'FederatedDeployment' : kind;
  const good = goods.find((each) => each.kind === of);
  if (good === undefined) throw new Error(`no good object of ${kind}`);
  const text = example
    .slice(1, -1)
    .replace(/x\*(\d+)/g, (_, count: string) => 'x'.repeat(Number(count)));
  // Laid over a manifest it is one, but for the part that is wrong.
  const refused = overlaid(good, parse(text)) as ManifestObject;
  return { title: `${kind} ${field}: ${check}`, field, by, message, good, refused };
}

/** Maps are merged, anything else is replaced; null takes the field away. */
function overlaid(under: unknown, over: unknown): unknown {
  if (!isMap(under) || !isMap(over)) return over;
  const merged = { ...under };
  for (const [key, value] of Object.entries(over)) {
    if (value === null) delete merged[key];
    else merged[key] = overlaid(merged[key], value);
  }
  return merged;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
