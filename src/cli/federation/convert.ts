/**
 * `fedns convert -f FILE`: manifests in shapes that API servers have no more, as they take them; what
 * was changed on stderr, a line each. Offline.
 */

import type { Command } from 'commander';
import { stringify } from 'yaml';
import { isJsonObject, type JsonObject } from '../../api/kubefed/federated-object.ts';
import {
  describeManifest,
  formatManifestProblem,
  type Manifest,
} from '../../api/yaml/manifests.ts';
import { convertManifest } from '../../federation/conversion/convert-manifest.ts';
import { choice } from '../flags.ts';
import { complain, print, VerbError } from '../output.ts';
import { manifestsOf, readManifestTexts } from '../plan/read-manifest-files.ts';

const FORMATS = ['yaml', 'json'] as const;

interface ConvertFlags {
  readonly file: readonly string[];
  readonly output: (typeof FORMATS)[number];
}

export function addConvert(program: Command): void {
  program
    .command('convert')
    .description(
      'manifests in shapes that no API server takes any more, as they are taken; offline',
    )
    .requiredOption('-f, --file <manifests.yaml...>', 'files, folders of them; - standard input')
    .addOption(choice('-o, --output <format>', FORMATS, 'yaml'))
    .action(convertFiles);
}

/** All or nothing: half a conversion would be applied unseen. */
function convertFiles({ file, output }: ConvertFlags): void {
  const texts = readManifestTexts(file);
  const refused: string[] = [];
  const objects: JsonObject[] = [];
  const told: string[] = [];
  for (const manifest of texts.flatMap(manifestsOf)) {
    const { object, changes, problems } = convertManifest(objectOf(manifest));
    refused.push(...problems.map((problem) => formatManifestProblem(manifest, problem)));
    told.push(...changes.map((change) => formatManifestProblem(manifest, change)));
    objects.push(object);
  }
  if (refused.length > 0) throw new VerbError(refused.join('\n'), 2);
  for (const line of told) complain(line);
  const commented = texts.filter(({ text }) => /(^|\s)#/.test(text));
  for (const one of commented) complain(`${one.file}: its comments are not taken over`);
  if (output === 'json') print(asJson(objects));
  else print(objects.map((object) => stringify(object)).join('---\n'));
}

function objectOf(manifest: Manifest): JsonObject {
  const { object, file, lineOf } = manifest;
  if (isJsonObject(object)) return object;
  throw new VerbError(`${file}:${lineOf('')}: ${describeManifest(object)}: is no object`, 2);
}

/** Several are a List, as kubectl takes it. */
function asJson(objects: readonly JsonObject[]): string {
  const [only, second] = objects;
  const whole = second === undefined ? only : { apiVersion: 'v1', kind: 'List', items: objects };
  return JSON.stringify(whole ?? { apiVersion: 'v1', kind: 'List', items: [] }, null, 2);
}
