/**
 * One item into a list of a YAML text, or out of it: every other character stays, comments and
 * layout with them. The place is found by the document's tree, the change is made in the text, and
 * what came of it is read again: were it not exactly what was meant, the document is written anew
 * by the library (comments stay, layout may not).
 */

import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';

/** Both in the top level's map. */
export type ListPath = readonly [outer: string, list: string];

/** undefined: the list is no list of its own (an alias, or something else stands there). */
export function addToYamlList(text: string, path: ListPath, item: unknown): string | undefined {
  const { document, before } = parsed(text, path);
  if (before === undefined) return undefined;
  const isMeant = (edited: string) => isWith(edited, { text, path, list: [...before, item] });
  const edited = insertItem(text, { document, path, item: formatItem(text, item) });
  if (edited !== undefined && isMeant(edited)) return edited;
  document.setIn(path, document.createNode([...before, item]));
  const whole = document.toString({ lineWidth: 0 });
  return isMeant(whole) ? whole : undefined;
}

/** `index` is one of the list. undefined: likewise. */
export function removeFromYamlList(
  text: string,
  path: ListPath,
  index: number,
): string | undefined {
  const { document, before } = parsed(text, path);
  if (before === undefined) return undefined;
  const list = before.filter((_, at) => at !== index);
  const isMeant = (edited: string) => isWith(edited, { text, path, list });
  const edited = removeItem(text, { document, path, index });
  if (edited !== undefined && isMeant(edited)) return edited;
  document.deleteIn([...path, index]);
  const whole = document.toString({ lineWidth: 0 });
  return isMeant(whole) ? whole : undefined;
}

/** `before` undefined: not to be edited; empty where the list is not there. */
function parsed(text: string, path: ListPath) {
  const document = parseDocument(text);
  const list = document.errors.length > 0 ? undefined : document.getIn(path, true);
  const [outer] = path;
  const parent = document.get(outer, true);
  const isOurs =
    document.errors.length === 0 &&
    (document.contents === null || isMap(document.contents)) &&
    (isAbsent(parent) || isMap(parent)) &&
    (isAbsent(list) || isSeq(list));
  if (!isOurs) return { document, before: undefined };
  return { document, before: isSeq(list) ? (list.toJS(document) as unknown[]) : [] };
}

function isAbsent(node: unknown): boolean {
  return node === undefined || node === null || (isScalar(node) && node.value === null);
}

/** The text says what it said, but for this list. */
function isWith(
  edited: string,
  want: { readonly text: string; readonly path: ListPath; readonly list: readonly unknown[] },
): boolean {
  const [outer, list] = want.path;
  const read = (source: string): Record<string, unknown> => parseDocument(source).toJS() ?? {};
  const before = read(want.text);
  const within = { ...(before[outer] as object | null | undefined), [list]: want.list };
  const document = parseDocument(edited);
  if (document.errors.length > 0) return false;
  return isSame(read(edited), { ...before, [outer]: within });
}

/** Plain values, whatever the order of their keys. */
function isSame(left: unknown, right: unknown): boolean {
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    return Object.is(left, right);
  }
  const [of, and] = [Object.entries(left), right as Record<string, unknown>];
  const isAlike = Array.isArray(left) === Array.isArray(right);
  return (
    isAlike &&
    of.length === Object.keys(and).length &&
    of.every(([key, value]) => Object.hasOwn(and, key) && isSame(value, and[key]))
  );
}

/** On one line; a text that is JSON stays JSON. */
function formatItem(text: string, item: unknown): string {
  if (text.trimStart().startsWith('{')) return JSON.stringify(item);
  return stringify(item, {
    collectionStyle: 'flow',
    flowCollectionPadding: false,
    lineWidth: 0,
  }).trim();
}

interface Insertion {
  readonly document: Document;
  readonly path: ListPath;
  readonly item: string;
}

function insertItem(text: string, { document, path, item }: Insertion): string | undefined {
  const [outer, list] = path;
  const root = document.contents;
  if (root === null) return `${withEnd(text)}${outer}:\n  ${list}:\n    - ${item}\n`;
  if (!isMap(root)) return undefined;
  const found = document.getIn(path, true);
  if (isSeq(found) && found.items.length > 0) return afterLast(text, found, item);
  if (isSeq(found)) return splice(text, startOf(found) + 1, item);
  const parent = pairOf(root, outer);
  if (parent === undefined) {
    if (root.flow)
      return splice(text, startOf(root) + 1, entry(root, `"${outer}": {"${list}": [${item}]}`));
    return `${withEnd(text)}${outer}:\n  ${list}:\n    - ${item}\n`;
  }
  const map = parent.value;
  const inner = isMap(map) ? pairOf(map, list) : undefined;
  // `list:` and nothing behind it.
  if (inner !== undefined) return splice(text, afterColon(text, inner), ` [${item}]`);
  if (!isMap(map) || map.items.length === 0 || map.flow) {
    if (isMap(map)) return splice(text, startOf(map) + 1, entry(map, `"${list}": [${item}]`));
    return splice(text, afterColon(text, parent), `\n  ${list}:\n    - ${item}`);
  }
  const at = startOf(map.items[0]?.key);
  const indent = ' '.repeat(columnOf(text, at));
  return splice(text, at, `${list}:\n${indent}  - ${item}\n${indent}`);
}

/** Of a flow map: with a comma where others follow. */
function entry(map: YAMLMap, pair: string): string {
  return map.items.length > 0 ? `${pair}, ` : pair;
}

function afterLast(text: string, list: YAMLSeq, item: string): string {
  const end = contentEnd(text, list.items.at(-1));
  if (list.flow) return splice(text, end, `, ${item}`);
  const indent = ' '.repeat(columnOf(text, dashOf(text, list.items[0])));
  return splice(text, lineEnd(text, end), `\n${indent}- ${item}`);
}

interface Removal {
  readonly document: Document;
  readonly path: ListPath;
  readonly index: number;
}

function removeItem(text: string, { document, path, index }: Removal): string | undefined {
  const list = document.getIn(path, true);
  if (!isSeq(list)) return undefined;
  const [item, next, previous] = [list.items[index], list.items[index + 1], list.items[index - 1]];
  if (list.flow) {
    if (next !== undefined) return cut(text, startOf(item), startOf(next));
    const from = previous === undefined ? startOf(item) : contentEnd(text, previous);
    return cut(text, from, contentEnd(text, item));
  }
  const from = text.lastIndexOf('\n', dashOf(text, item)) + 1;
  const gone = cut(text, from, lineEnd(text, contentEnd(text, item)) + 1);
  if (list.items.length > 1) return gone;
  const [outer, name] = path;
  const parent = isMap(document.contents) ? pairOf(document.contents, outer)?.value : undefined;
  const pair = isMap(parent) ? pairOf(parent, name) : undefined;
  return pair && splice(gone, afterColon(text, pair), ' []');
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

/** Block collections end behind their last newline: what is empty there is not theirs. */
function contentEnd(text: string, node: unknown): number {
  const end = isNode(node) ? (node.range?.[1] ?? 0) : 0;
  if (!isCollection(node) || node.flow) return end;
  return text.slice(0, end).trimEnd().length;
}

function dashOf(text: string, item: unknown): number {
  return text.lastIndexOf('-', startOf(item) - 1);
}

function afterColon(text: string, { key }: Pair): number {
  const end = isNode(key) ? (key.range?.[1] ?? 0) : 0;
  return text.indexOf(':', end) + 1;
}

function columnOf(text: string, at: number): number {
  return at - (text.lastIndexOf('\n', at - 1) + 1);
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function withEnd(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

function splice(text: string, at: number, insertion: string): string {
  return `${text.slice(0, at)}${insertion}${text.slice(at)}`;
}

function cut(text: string, from: number, to: number): string {
  return `${text.slice(0, from)}${text.slice(to)}`;
}
