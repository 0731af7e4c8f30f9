/**
 * A template's tree and the values of a release -> text, as Helm would render it.
 *
 * Source: Go text/template "Actions", "Variables"; Helm's `include`.
 */

import { FUNCTIONS, isTrue, textOf } from './template-functions.ts';
import { type Operand, type Pipeline, TemplateError, type TemplateNode } from './template-tree.ts';

export interface TemplateWorld {
  /** The dot of the outermost template: Values, Release, Chart. */
  readonly root: unknown;
  /** What `include` finds. */
  readonly defined: ReadonlyMap<string, readonly TemplateNode[]>;
}

export function evaluateTemplate(world: TemplateWorld, body: readonly TemplateNode[]): string {
  return evaluateBody({ world, dot: world.root, top: world.root, variables: undefined }, body);
}

interface Variables {
  readonly values: Map<string, unknown>;
  readonly outer: Variables | undefined;
}

interface Scope {
  readonly world: TemplateWorld;
  readonly dot: unknown;
  /** `$`: the dot that its template began with. */
  readonly top: unknown;
  readonly variables: Variables | undefined;
}

function evaluateBody(scope: Scope, body: readonly TemplateNode[]): string {
  const own: Scope = { ...scope, variables: { values: new Map(), outer: scope.variables } };
  return body.map((node) => evaluateNode(own, node)).join('');
}

function evaluateNode(scope: Scope, node: TemplateNode): string {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'print':
      return textOf(pipelineValue(scope, node.pipeline));
    case 'assign': {
      assign(scope, node, pipelineValue(scope, node.pipeline));
      return '';
    }
    case 'if': {
      const taken = node.branches.find(({ condition }) => isTrue(pipelineValue(scope, condition)));
      return evaluateBody(scope, taken?.body ?? node.otherwise);
    }
    case 'with': {
      const dot = pipelineValue(scope, node.pipeline);
      if (!isTrue(dot)) return evaluateBody(scope, node.otherwise);
      return evaluateBody({ ...scope, dot }, node.body);
    }
    case 'range':
      return evaluateRange(scope, node);
    default:
      return node satisfies never;
  }
}

function evaluateRange(
  scope: Scope,
  { names, pipeline, body, otherwise }: Extract<TemplateNode, { kind: 'range' }>,
): string {
  const items = entriesOf(pipelineValue(scope, pipeline));
  if (items.length === 0) return evaluateBody(scope, otherwise);
  const texts = items.map(([key, value]) => {
    const [first, second] = names;
    const values = new Map<string, unknown>();
    if (first !== undefined) values.set(first, second === undefined ? value : key);
    if (second !== undefined) values.set(second, value);
    return evaluateBody(
      { ...scope, dot: value, variables: { values, outer: scope.variables } },
      body,
    );
  });
  return texts.join('');
}

/** Go goes through a map in the order of its keys. */
function entriesOf(value: unknown): readonly (readonly [unknown, unknown])[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map((item: unknown, at) => [at, item]);
  if (typeof value !== 'object') throw new TemplateError('range over what is no list');
  return Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
}

function assign(
  scope: Scope,
  { name, isNew }: { readonly name: string; readonly isNew: boolean },
  value: unknown,
): void {
  let at = scope.variables;
  while (!isNew && at !== undefined && !at.values.has(name)) at = at.outer;
  if (at === undefined) throw new TemplateError(`${name} is not declared`);
  at.values.set(name, value);
}

function pipelineValue(scope: Scope, pipeline: Pipeline): unknown {
  let piped: readonly unknown[] = [];
  for (const [first, ...operands] of pipeline) {
    if (first === undefined) continue;
    if (first.kind === 'function') piped = [call(scope, first.name, operands, piped)];
    else if (operands.length > 0 || piped.length > 0) {
      throw new TemplateError('a value that is no function was given arguments');
    } else piped = [operandValue(scope, first)];
  }
  return piped[0];
}

function call(
  scope: Scope,
  name: string,
  operands: readonly Operand[],
  piped: readonly unknown[],
): unknown {
  if (name === 'and' || name === 'or') return firstThat(scope, name, operands, piped);
  const given = [...operands.map((operand) => operandValue(scope, operand)), ...piped];
  if (name === 'include') return include(scope, textOf(given[0]), given[1]);
  const known = FUNCTIONS.get(name);
  if (known === undefined) throw new TemplateError(`function ${name} is not known`);
  return known(...given);
}

/** `and` gives the first that is not true, `or` the first that is; else the last. */
function firstThat(
  scope: Scope,
  name: 'and' | 'or',
  operands: readonly Operand[],
  piped: readonly unknown[],
): unknown {
  let value: unknown;
  for (const operand of operands) {
    value = operandValue(scope, operand);
    if (isTrue(value) === (name === 'or')) return value;
  }
  return piped.length > 0 ? piped[0] : value;
}

function include({ world }: Scope, name: string, dot: unknown): string {
  const body = world.defined.get(name);
  if (body === undefined) throw new TemplateError(`include "${name}": nothing is called so`);
  return evaluateBody({ world, dot, top: dot, variables: undefined }, body);
}

function operandValue(scope: Scope, operand: Operand): unknown {
  switch (operand.kind) {
    case 'literal':
      return operand.value;
    case 'function':
      return call(scope, operand.name, [], []);
    case 'pipeline':
      return fieldOf(pipelineValue(scope, operand.pipeline), operand.path);
    case 'field':
      return fieldOf(baseValue(scope, operand.base), operand.path);
    default:
      return operand satisfies never;
  }
}

function baseValue(scope: Scope, base: string): unknown {
  if (base === '.') return scope.dot;
  if (base === '$') return scope.top;
  for (let at = scope.variables; at !== undefined; at = at.outer) {
    if (at.values.has(base)) return at.values.get(base);
  }
  throw new TemplateError(`${base} is not declared`);
}

/** What is not there is nil; a field of nil is an error, as in Go. */
function fieldOf(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) {
      throw new TemplateError(`.${path.join('.')}: there is nothing to have ${key}`);
    }
    at = Object.entries(at).find(([name]) => name === key)?.[1];
  }
  return at;
}
