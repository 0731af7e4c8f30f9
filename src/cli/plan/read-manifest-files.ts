/** The manifests that `-f` names: files, folders of them, standard input. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { textAt } from '../../api/untyped.ts';
import { formatYamlProblem } from '../../api/yaml/checked-yaml.ts';
import {
  formatManifestProblem,
  type Manifest,
  type ReadManifests,
  readManifests,
} from '../../api/yaml/manifests.ts';
import { VerbError } from '../output.ts';
import { type NamedText, readNamedText } from './read-file.ts';

/** In the order in which they are named; throws VerbError, exit 2. */
export function readManifestFiles(paths: readonly string[]): Manifest[] {
  return readManifestTexts(paths).flatMap(manifestsOf);
}

export function readManifestTexts(paths: readonly string[]): NamedText[] {
  return paths.flatMap(filesAt).map(readNamedText);
}

/** Manifests, or what is meant to be some: anything else has no `kind`. */
export function holdsManifests({ text, file }: NamedText): boolean {
  const read = readManifests(text, file);
  if (read.kind === 'bad') return /^[\s{]*"?kind"?\s*:/m.test(text);
  return read.manifests.some(({ object }) => textAt(object, 'kind') !== undefined);
}

export function manifestsOf({ text, file }: NamedText): readonly Manifest[] {
  const read: ReadManifests = readManifests(text, file);
  if (read.kind === 'ok') return read.manifests;
  throw new VerbError(read.problems.map((one) => formatYamlProblem(one, file)).join('\n'), 2);
}

/** One line: what is wrong with this field of it; an empty one: with the whole. */
export function refusedManifest(manifest: Manifest, field: string, message: string): VerbError {
  return new VerbError(formatManifestProblem(manifest, { field, message }), 2);
}

const MANIFEST_FILE = /\.(ya?ml|json)$/;

/** Of a folder only what lies in it, as `kubectl apply -f` takes it. */
function filesAt(path: string): string[] {
  if (path === '-' || !isFolder(path)) return [path];
  const names = readdirSync(path).filter((name) => MANIFEST_FILE.test(name));
  if (names.length === 0) throw new VerbError(`${path}: no manifests are in it`, 2);
  return names.sort().map((name) => join(path, name));
}

/** What is not there is told by whoever reads it. */
function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
