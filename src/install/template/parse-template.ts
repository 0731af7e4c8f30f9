/**
 * A template of a chart: text with actions, to a tree.
 *
 * Source: Go text/template, "Text and spaces" and "Actions"; the part of it that deploy/chart uses.
 * What is not known here is an error: never a manifest that Helm would have rendered otherwise.
 */

import { parsePipeline } from './parse-expression.ts';
import {
  type Branch,
  type ParsedTemplate,
  TemplateError,
  type TemplateNode,
} from './template-tree.ts';

type Piece = { readonly kind: 'text' | 'action'; readonly text: string };

export function parseTemplate(text: string): ParsedTemplate {
  const reader: Reader = { pieces: piecesOf(text), at: 0, defined: new Map() };
  const { nodes, ended } = readBody(reader);
  if (ended !== '') throw new TemplateError(`{{ ${ended} }} that nothing began`);
  return { body: nodes, defined: reader.defined };
}

/** A dash beside the braces takes away the space there, line ends too. */
function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimsNext = false;
  const addText = (to: number, trimsEnd: boolean) => {
    let between = text.slice(at, to);
    if (trimsNext) between = between.trimStart();
    if (trimsEnd) between = between.trimEnd();
    if (between !== '') pieces.push({ kind: 'text', text: between });
  };
  for (const found of text.matchAll(/\{\{(-\s)?([\s\S]*?)(\s-)?\}\}/g)) {
    addText(found.index, found[1] !== undefined);
    const action = (found[2] ?? '').trim();
    if (!action.startsWith('/*')) pieces.push({ kind: 'action', text: action });
    trimsNext = found[3] !== undefined;
    at = found.index + found[0].length;
  }
  addText(text.length, false);
  return pieces;
}

interface Reader {
  readonly pieces: readonly Piece[];
  at: number;
  readonly defined: Map<string, readonly TemplateNode[]>;
}

interface Body {
  readonly nodes: readonly TemplateNode[];
  /** The action that ended it; empty: the text did. */
  readonly ended: string;
}

function readBody(reader: Reader): Body {
  const nodes: TemplateNode[] = [];
  for (;;) {
    const piece = reader.pieces[reader.at++];
    if (piece === undefined) return { nodes, ended: '' };
    if (piece.kind === 'text') {
      nodes.push({ kind: 'text', text: piece.text });
      continue;
    }
    if (/^(end|else)\b/.test(piece.text)) return { nodes, ended: piece.text };
    const node = readAction(reader, piece.text);
    if (node !== undefined) nodes.push(node);
  }
}

function readAction(reader: Reader, action: string): TemplateNode | undefined {
  const [, word = '', rest = ''] = /^(\w+)\s*([\s\S]*)$/.exec(action) ?? [];
  switch (word) {
    case 'define': {
      reader.defined.set(String(JSON.parse(rest)), readBody(reader).nodes);
      return undefined;
    }
    case 'if':
      return readIf(reader, rest);
    case 'with':
      return { kind: 'with', pipeline: parsePipeline(rest), ...readBlock(reader) };
    case 'range': {
      const [, names = '', pipeline = rest] = /^([^:]*?)\s*:=\s*([\s\S]*)$/.exec(rest) ?? [];
      const variables = names.split(',').map((name) => name.trim());
      return {
        kind: 'range',
        names: variables.filter((name) => name !== ''),
        pipeline: parsePipeline(pipeline),
        ...readBlock(reader),
      };
    }
    default: {
      const assigned = /^(\$\w+)\s*(:?=)\s*([\s\S]*)$/.exec(action);
      if (assigned === null) return { kind: 'print', pipeline: parsePipeline(action) };
      const [, name = '', how, pipeline = ''] = assigned;
      return { kind: 'assign', name, isNew: how === ':=', pipeline: parsePipeline(pipeline) };
    }
  }
}

function readBlock(reader: Reader): {
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[];
} {
  const { nodes, ended } = readBody(reader);
  if (ended === 'else') return { body: nodes, otherwise: closed(readBody(reader)) };
  return { body: closed({ nodes, ended }), otherwise: [] };
}

function readIf(reader: Reader, condition: string): TemplateNode {
  const branches: Branch[] = [];
  for (let next = condition; ; ) {
    const { nodes, ended } = readBody(reader);
    branches.push({ condition: parsePipeline(next), body: nodes });
    const [, otherCondition] = /^else\s+if\s+([\s\S]*)$/.exec(ended) ?? [];
    if (otherCondition !== undefined) {
      next = otherCondition;
      continue;
    }
    const otherwise = ended === 'else' ? closed(readBody(reader)) : [];
    if (ended !== 'else') closed({ nodes, ended });
    return { kind: 'if', branches, otherwise };
  }
}

function closed({ nodes, ended }: Body): readonly TemplateNode[] {
  if (ended !== 'end') throw new TemplateError(`no {{ end }}, but "${ended}"`);
  return nodes;
}
