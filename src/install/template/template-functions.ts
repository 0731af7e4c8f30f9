/**
 * The functions of templates that are values in, value out: Go's own, Sprig's and Helm's, as far as
 * deploy/chart uses them.
 *
 * Source: Go text/template "Functions"; Sprig "Defaults", "Lists", "Strings"; Helm "Template functions".
 */

import { createHash, randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'yaml';
import { valueAt } from '../../api/untyped.ts';
import { TemplateError } from './template-tree.ts';

export type TemplateFunction = (...given: readonly unknown[]) => unknown;

/** Go: false, 0, nil, and what has no length. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== false && value !== 0 && value !== '';
}

/** As Helm prints it where nothing else is asked for. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'object') throw new TemplateError('an object or a list printed as text');
  return String(value);
}

export const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['not', (value) => !isTrue(value)],
  ['eq', (left, ...others) => others.some((right) => left === right)],
  ['ne', (left, right) => left !== right],
  ['gt', (left, right) => numberOf(left) > numberOf(right)],
  ['default', (fallback, value) => (isTrue(value) ? value : fallback)],
  ['quote', (...values) => values.map((value) => JSON.stringify(textOf(value))).join(' ')],
  ['printf', (format, ...values) => printf(textOf(format), values)],
  ['trim', (value) => textOf(value).trim()],
  ['int', (value) => numberOf(value)],
  ['list', (...items) => items],
  ['index', (value, key) => valueAt(value, textOf(key))],
  ['append', (items, item) => [...listOf(items), item]],
  ['has', (item, items) => listOf(items).some((one) => isDeepStrictEqual(one, item))],
  ['join', (between, items) => listOf(items).map(textOf).join(textOf(between))],
  ['toYaml', (value) => stringify(value, { lineWidth: 0 }).replace(/\n$/, '')],
  ['fromYamlArray', (text) => listOf(parse(textOf(text)))],
  ['indent', (width, text) => indented(numberOf(width), textOf(text))],
  ['nindent', (width, text) => `\n${indented(numberOf(width), textOf(text))}`],
  ['sha256sum', (text) => createHash('sha256').update(textOf(text)).digest('hex')],
  [
    'randAlphaNum',
    (length) => randomBytes(numberOf(length)).toString('hex').slice(0, numberOf(length)),
  ],
  [
    'fail',
    (message) => {
      throw new TemplateError(textOf(message));
    },
  ],
  // As `helm template` has it: no cluster is asked. Whoever applies keeps what is to be kept.
  ['lookup', () => ({})],
]);

function numberOf(value: unknown): number {
  const number = Number(value ?? 0);
  if (!Number.isFinite(number)) throw new TemplateError(`"${String(value)}" is no number`);
  return number;
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new TemplateError('not a list');
  return value;
}

function indented(width: number, text: string): string {
  const space = ' '.repeat(width);
  return text
    .split('\n')
    .map((line) => space + line)
    .join('\n');
}

function printf(format: string, values: readonly unknown[]): string {
  let next = 0;
  return format.replace(/%(.)/g, (_, verb: string) => {
    if (verb === '%') return '%';
    if (verb === 's' || verb === 'd' || verb === 'v') return textOf(values[next++]);
    throw new TemplateError(`printf "${format}": %${verb} is not known`);
  });
}
