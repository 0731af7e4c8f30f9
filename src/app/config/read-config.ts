/**
 * Flags over FEDNS_* variables over the YAML file over defaults -> one frozen, checked Config
 * that remembers where each setting came from. A problem is one line: what, where, why.
 */

import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { nearestWord } from '../../api/nearest-word.ts';
import { checkYaml, formatYamlProblem } from '../../api/yaml/checked-yaml.ts';
import { InputError } from '../../dns/errors.ts';
import {
  CONFIG,
  type Config,
  type ConfigInput,
  type ConfigLeaf,
  configLeaves,
} from './config-schema.ts';

export interface ReadConfig {
  readonly config: Config;
  /** Setting path -> `flag --listen`, `FEDNS_LISTEN`, `fedns.yaml`, `default`. */
  readonly origins: ReadonlyMap<string, string>;
  /** Relative paths in the file are relative to the file; this resolves them. */
  readonly resolvePath: (path: string) => string;
  readonly file: string | undefined;
}

export interface ConfigSources {
  readonly file: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Flag name (`--listen`) -> its values as typed. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
}

/** Throws InputError CONFIG, its message one line a problem. */
export function readConfig(sources: ConfigSources): ReadConfig {
  const origins = new Map<string, string>();
  const input: Record<string, unknown> = sources.file === undefined ? {} : readFile(sources.file);
  const leaves = configLeaves();
  for (const leaf of leaves) {
    if (valueAt(input, leaf.path) !== undefined) origins.set(leaf.path, sources.file ?? 'default');
  }
  refuseUnknownVariables(sources.environment, leaves);
  for (const leaf of leaves) {
    const variable = sources.environment[leaf.variable];
    if (variable !== undefined) {
      setAt(input, leaf.path, typedValue(leaf, variable.split(','), leaf.variable));
      origins.set(leaf.path, leaf.variable);
    }
    const flag = sources.flags.get(leaf.flag);
    if (flag !== undefined) {
      setAt(input, leaf.path, typedValue(leaf, flag, leaf.flag));
      origins.set(leaf.path, `flag ${leaf.flag}`);
    }
  }
  const result = CONFIG.safeParse(input);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => {
      const origin = originOf(issue.path.map(String), origins) ?? sources.file ?? 'flags';
      return `${origin}: ${issue.path.join('.')}: ${issue.message}`;
    });
    throw new InputError('CONFIG', lines.join('\n'));
  }
  const base = sources.file === undefined ? process.cwd() : dirname(resolve(sources.file));
  const resolvePath = (path: string) => (isAbsolute(path) ? path : resolve(base, path));
  return { config: Object.freeze(result.data), origins, resolvePath, file: sources.file };
}

/** A complaint may be of one item of a list: the setting that holds it came from somewhere. */
function originOf(
  path: readonly string[],
  origins: ReadonlyMap<string, string>,
): string | undefined {
  for (let length = path.length; length > 0; length--) {
    const origin = origins.get(path.slice(0, length).join('.'));
    if (origin !== undefined) return origin;
  }
  return undefined;
}

/** Each setting with its value and origin, in the schema's order. */
export function explainConfig(
  read: ReadConfig,
): { path: string; value: unknown; origin: string }[] {
  return configLeaves().map(({ path }) => ({
    path,
    value: valueAt(read.config, path),
    origin: read.origins.get(path) ?? 'default',
  }));
}

function readFile(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError('CONFIG', `${file}: ${reasonOf(error)}`, file);
  }
  const checked = checkYaml<ConfigInput>(text, CONFIG as never);
  if (checked.kind === 'bad') {
    const lines = checked.problems.map((problem) => formatYamlProblem(problem, file));
    throw new InputError('CONFIG', lines.join('\n'), file);
  }
  return structuredClone(parsedAgain(text));
}

/** The plain document: defaults must not look as if the file had said them. */
function parsedAgain(text: string): Record<string, unknown> {
  const plain = checkYaml(text, PLAIN);
  return plain.kind === 'ok' ? plain.value : {};
}

const PLAIN = z.record(z.string(), z.unknown());

/** What Kubernetes puts into every pod beside a Service named fedns or fedns-…: not ours. */
const SERVICE_LINK = /^FEDNS(_[A-Z0-9]+)*_(SERVICE_(HOST|PORT)|PORT)(_[A-Z0-9]+)*$/;
/** Of ours, but no settings: the file's place, and what the tests use. */
const NO_SETTINGS = ['FEDNS_CONFIG', 'FEDNS_LAB_CACHE', 'FEDNS_LAB_KEEP', 'FEDNS_TEST_HOOKS'];

function refuseUnknownVariables(
  environment: ConfigSources['environment'],
  leaves: readonly ConfigLeaf[],
): void {
  const known = new Set([...leaves.map((leaf) => leaf.variable), ...NO_SETTINGS]);
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('FEDNS_') || known.has(name) || SERVICE_LINK.test(name)) continue;
    const near = nearestWord(name, [...known]);
    const hint = near === undefined ? '' : `, did you mean ${near}?`;
    throw new InputError('CONFIG', `environment: unknown variable ${name}${hint}`);
  }
}

function typedValue(leaf: ConfigLeaf, values: readonly string[], where: string): unknown {
  const last = values.at(-1) ?? '';
  switch (leaf.kind) {
    case 'list':
      return values
        .flatMap((value) => value.split(','))
        .map((value) => value.trim())
        .filter((value) => value !== '');
    case 'number': {
      const number = Number(last);
      if (last.trim() === '' || Number.isNaN(number)) {
        throw new InputError('CONFIG', `${where}: "${last}" is not a number`);
      }
      return number;
    }
    case 'boolean':
      if (last !== 'true' && last !== 'false') {
        throw new InputError('CONFIG', `${where}: "${last}" is neither true nor false`);
      }
      return last === 'true';
    case 'text':
      return last;
    default:
      return leaf.kind satisfies never;
  }
}

function valueAt(value: unknown, path: string): unknown {
  let at = value;
  for (const part of path.split('.')) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[part];
  }
  return at;
}

function setAt(target: Record<string, unknown>, path: string, value: unknown): void {
  const parts = path.split('.');
  let at = target;
  for (const part of parts.slice(0, -1)) {
    const next = at[part];
    if (typeof next !== 'object' || next === null) at[part] = {};
    at = at[part] as Record<string, unknown>;
  }
  at[parts.at(-1) ?? ''] = value;
}

/** System errors in words a person reads. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'no such file or folder';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'EISDIR') return 'is a folder';
  if (code === 'EROFS') return 'read-only file system';
  if (code === 'ENOSPC') return 'no space left';
  if (code === 'EADDRINUSE') return 'in use by another program';
  if (code === 'EADDRNOTAVAIL') return 'not an address of this machine';
  return error instanceof Error ? error.message : String(error);
}
