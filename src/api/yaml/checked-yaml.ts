/**
 * YAML text -> a checked value, or every problem with its line. Used for the shards file and the
 * configuration. Knows no domain: the schema is the caller's.
 */

import { type Document, isMap, isPair, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { nearestWord } from '../nearest-word.ts';

export interface YamlProblem {
  /** 1-based; 0 when the problem has no place in the text. */
  readonly line: number;
  /** `services[0].shards[1].cluster`; empty for the whole document. */
  readonly path: string;
  readonly message: string;
}

export type CheckedYaml<T> =
  | { readonly kind: 'ok'; readonly value: T; readonly lineOf: (path: YamlPath) => number }
  | { readonly kind: 'bad'; readonly problems: readonly YamlProblem[] };

export type YamlPath = readonly (string | number)[];

/** Aliases are counted and bounded by the library (`maxAliasCount`), so no text explodes. */
export function checkYaml<T>(text: string, schema: z.ZodType<T>): CheckedYaml<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const syntax = [...document.errors].map((error) => ({
    line: error.linePos?.[0].line ?? 0,
    path: '',
    message: firstLine(error.message),
  }));
  if (syntax.length > 0) return { kind: 'bad', problems: syntax };
  const lineOf = (path: YamlPath) => lineOfPath(document, { path, lines });
  // Nothing but comments is an empty map: what is missing is then told by its name.
  const result = schema.safeParse(document.toJS() ?? {});
  if (result.success) return { kind: 'ok', value: result.data, lineOf };
  return {
    kind: 'bad',
    problems: result.error.issues.flatMap((issue) => problemsOf(issue, { schema, lineOf })),
  };
}

/** `file:line: path: message`, the form of every such complaint. */
export function formatYamlProblem(problem: YamlProblem, file: string): string {
  const where = problem.line > 0 ? `${file}:${problem.line}` : file;
  return problem.path === ''
    ? `${where}: ${problem.message}`
    : `${where}: ${problem.path}: ${problem.message}`;
}

/** `services[0].name`. */
export function formatYamlPath(path: YamlPath): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

function problemsOf(
  issue: z.core.$ZodIssue,
  { schema, lineOf }: { schema: z.ZodType; lineOf: (path: YamlPath) => number },
): YamlProblem[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code !== 'unrecognized_keys') {
    return [{ line: lineOf(path), path: formatYamlPath(path), message: issue.message }];
  }
  const known = knownKeysAt(schema, path);
  return issue.keys.map((key) => {
    const near = nearestWord(key, known);
    const hint = near === undefined ? '' : `, did you mean "${near}"?`;
    return {
      line: lineOf([...path, key]),
      path: formatYamlPath(path),
      message: `unknown key "${key}"${hint}`,
    };
  });
}

/** The keys the schema knows at `path`, through optional, default, array and record wrappers. */
function knownKeysAt(schema: z.ZodType, path: YamlPath): string[] {
  let definition: SchemaDefinition | undefined = bareDefinition(schema);
  for (const part of path) {
    const next: unknown =
      typeof part === 'number'
        ? definition?.element
        : (definition?.shape?.[part] ?? definition?.valueType);
    definition = bareDefinition(next);
  }
  return Object.keys(definition?.shape ?? {});
}

interface SchemaDefinition {
  readonly innerType?: unknown;
  /** Of a union. */
  readonly options?: readonly unknown[];
  readonly element?: unknown;
  readonly valueType?: unknown;
  readonly shape?: Readonly<Record<string, unknown>>;
}

/** zod keeps a schema's parts under `def`; wrappers hold the wrapped one as `innerType`. */
function bareDefinition(schema: unknown): SchemaDefinition | undefined {
  if (typeof schema !== 'object' || schema === null || !('def' in schema)) return undefined;
  const definition = schema.def as SchemaDefinition;
  if (definition.innerType !== undefined) return bareDefinition(definition.innerType);
  // Of a union the member with keys is meant: the others are plain words.
  const members = definition.options?.map(bareDefinition);
  return members?.find((member) => member?.shape !== undefined) ?? definition;
}

/** Of the key that is there, at the path or next above it. */
export function lineOfPath(document: Document, at: { path: YamlPath; lines: LineCounter }): number {
  for (let length = at.path.length; length >= 0; length--) {
    const offset = offsetOf(document, at.path.slice(0, length));
    if (offset !== undefined) return at.lines.linePos(offset).line;
  }
  return 1;
}

/** Offset of the key where there is one (that is where the eye looks), else of the value. */
function offsetOf(document: Document, path: YamlPath): number | undefined {
  const parent = path.length === 0 ? undefined : document.getIn(path.slice(0, -1), true);
  const parentNode = path.length === 1 ? document.contents : parent;
  if (isMap(parentNode)) {
    for (const pair of parentNode.items) {
      if (isPair(pair) && isScalar(pair.key) && pair.key.value === path.at(-1))
        return pair.key.range?.[0];
    }
  }
  const node = document.getIn(path, true);
  return isScalar(node) || isMap(node) ? node.range?.[0] : undefined;
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? text).replace(/ at line \d+, column \d+:?$/, '');
}
