/**
 * What stands between {{ and }}, as a pipeline: words, fields, literals, parentheses, pipes.
 *
 * Source: Go text/template, "Arguments" and "Pipelines"; the part of it that deploy/chart uses.
 */

import { type Operand, type Pipeline, TemplateError } from './template-tree.ts';

const WORDS =
  /\s*(?:("(?:[^"\\]|\\.)*")|(-?\d+)(?![\w.])|(\$?\w*(?:\.\w+)+|\$\w*|\.|[A-Za-z_]\w*)|([()|]))/y;

interface Word {
  readonly kind: 'text' | 'number' | 'name' | 'mark';
  readonly text: string;
  /** No space stands before it: `(…).name` is a field. */
  readonly isGlued: boolean;
}

export function parsePipeline(text: string): Pipeline {
  const words = wordsOf(text);
  const reader = { words, at: 0 };
  const pipeline = readPipeline(reader);
  if (reader.at < words.length) throw new TemplateError(`"${text}": a parenthesis too many`);
  return pipeline;
}

function wordsOf(text: string): readonly Word[] {
  const words: Word[] = [];
  WORDS.lastIndex = 0;
  const end = text.trimEnd().length;
  while (WORDS.lastIndex < end) {
    const begin = WORDS.lastIndex;
    const found = WORDS.exec(text);
    if (found === null) throw new TemplateError(`"${text}": not understood from ${begin} on`);
    const [whole, quoted, digits, name, mark] = found;
    const isGlued = !/^\s/.test(whole);
    if (quoted !== undefined) words.push({ kind: 'text', text: quoted, isGlued });
    else if (digits !== undefined) words.push({ kind: 'number', text: digits, isGlued });
    else if (name !== undefined) words.push({ kind: 'name', text: name, isGlued });
    else words.push({ kind: 'mark', text: mark ?? '', isGlued });
  }
  return words;
}

interface Reader {
  readonly words: readonly Word[];
  at: number;
}

function readPipeline(reader: Reader): Pipeline {
  const commands: Operand[][] = [[]];
  for (;;) {
    const word = reader.words[reader.at];
    if (word === undefined || (word.kind === 'mark' && word.text === ')')) break;
    if (word.kind === 'mark' && word.text === '|') {
      reader.at++;
      commands.push([]);
      continue;
    }
    commands.at(-1)?.push(readOperand(reader, word));
  }
  if (commands.some((command) => command.length === 0)) throw new TemplateError('an empty pipe');
  return commands;
}

function readOperand(reader: Reader, word: Word): Operand {
  reader.at++;
  if (word.kind === 'text') return { kind: 'literal', value: String(JSON.parse(word.text)) };
  if (word.kind === 'number') return { kind: 'literal', value: Number(word.text) };
  if (word.kind === 'name') return namedOperand(word.text);
  const pipeline = readPipeline(reader);
  if (reader.words[reader.at] === undefined) throw new TemplateError('a parenthesis too few');
  reader.at++;
  const next = reader.words[reader.at];
  const isField = next?.kind === 'name' && next.isGlued && next.text.startsWith('.');
  if (!isField) return { kind: 'pipeline', pipeline, path: [] };
  reader.at++;
  return { kind: 'pipeline', pipeline, path: next.text.slice(1).split('.') };
}

const CONSTANTS: ReadonlyMap<string, boolean | undefined> = new Map([
  ['true', true],
  ['false', false],
  ['nil', undefined],
]);

function namedOperand(text: string): Operand {
  if (CONSTANTS.has(text)) return { kind: 'literal', value: CONSTANTS.get(text) };
  if (text === '.') return { kind: 'field', base: '.', path: [] };
  if (text.startsWith('.')) return { kind: 'field', base: '.', path: text.slice(1).split('.') };
  if (!text.startsWith('$')) return { kind: 'function', name: text };
  const [base = '', ...path] = text.split('.');
  return { kind: 'field', base, path };
}
