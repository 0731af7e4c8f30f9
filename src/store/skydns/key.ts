/**
 * Owner name <-> skydns key. Source: CoreDNS plugin/etcd/msg (path.go); a prefix of several
 * components works here, there it leaks into names (skydns#285).
 *
 *   web.example.            prefix /skydns      /skydns/example/web
 *   *.web.example.          prefix /a/b         /a/b/example/web/*
 *
 * Our choice: a label that CoreDNS could not find again ('/', '.', '..', a dot inside) is refused,
 * not escaped: no other reader of the tree knows an escape.
 */

import { InputError } from '../../dns/errors.ts';
import { LABEL_OCTETS_MAX, NAME_OCTETS_MAX } from '../../dns/limits.ts';
import { type DomainName, foldAscii, formatName, labelsOf, ROOT } from '../../dns/name.ts';
import { Recent } from '../../runtime/tables/recent.ts';
import type { KeyRange } from '../record-store.ts';

const UPPER_CASE = /[A-Z]/;

/** `/skydns/`, `skydns` and `/skydns` are the same prefix: `/skydns/`. `/` alone is the root. */
export function normalPrefix(text: string): string {
  const components = text.split('/').filter((component) => component !== '');
  if (components.some((component) => component === '.' || component === '..')) {
    throw new InputError('PREFIX_SYNTAX', `prefix "${text}" holds "." or ".."`);
  }
  if (/[^\x21-\x7e]/.test(text)) {
    throw new InputError('PREFIX_SYNTAX', `prefix "${text}" holds a character that is no ASCII`);
  }
  return components.length === 0 ? '/' : `/${components.join('/')}/`;
}

/**
 * What all but the first two labels of a name say, either way: names of services side by side share it.
 * Our choice: more places than members have.
 */
const recentPaths = new Recent<string>(2048);
const recentNames = new Recent<DomainName>(2048);

/** `prefix` as normalPrefix gives it. Throws InputError NAME_NO_KEY. */
export function keyOfName(prefix: string, name: DomainName): string {
  const second = name.charCodeAt(0) + 1;
  const rest = second + name.charCodeAt(second) + 1;
  // At the root, and at a name of one label, these reach beyond it.
  if (!(rest < name.length)) return keyAnew(prefix, name, name);
  const above = recentPaths.of(name.slice(rest), (text) => {
    return keyAnew('', text as DomainName, name);
  });
  const [first, next] = [name.slice(1, second), name.slice(second + 1, rest)];
  if (NO_KEY.test(first) || NO_KEY.test(next)) throw noKey(name);
  return `${prefix}${above}${above === '' ? '' : '/'}${next}/${first}`;
}

/** A label that would be taken for two. */
const NO_KEY = /[/.]/;

/** `whole`: whose part it is. */
function keyAnew(prefix: string, name: DomainName, whole: DomainName): string {
  const labels = labelsOf(name);
  if (labels.some((label) => NO_KEY.test(label))) throw noKey(whole);
  return prefix + labels.reverse().join('/');
}

function noKey(name: DomainName): InputError {
  return new InputError('NAME_NO_KEY', `${formatName(name)} has a "/" or "." inside a label`);
}

/**
 * A key's path: the key itself, with A-Z folded. The same name as text in the order of keys, so
 * that it need not be turned round for every key of a load; undefined when no owner name has that
 * key. Upper case in a key is invisible to CoreDNS, which lower-cases the question; we fold it.
 */
export function pathOfKey(prefix: string, key: string): string | undefined {
  if (!key.startsWith(prefix) || key.includes('.', prefix.length)) return undefined;
  // One octet more for the first label's length, and the root.
  if (key.length - prefix.length + 2 > NAME_OCTETS_MAX) return undefined;
  for (let start = prefix.length; start <= key.length; ) {
    const slash = key.indexOf('/', start);
    const end = slash < 0 ? key.length : slash;
    if (end === start || end - start > LABEL_OCTETS_MAX) return undefined;
    start = end + 1;
  }
  return UPPER_CASE.test(key) ? prefix + foldAscii(key.slice(prefix.length)) : key;
}

/** The name of a path; of `prefix` alone the root. */
export function nameOfPath(prefix: string, path: string): DomainName {
  const last = path.lastIndexOf('/');
  const before = path.lastIndexOf('/', last - 1);
  if (before < prefix.length) return nameAnew(prefix, path);
  const above = recentNames.of(path.slice(prefix.length, before), (text) => nameAnew('', text));
  return (labelOf(path, last + 1, path.length) +
    labelOf(path, before + 1, last) +
    above) as DomainName;
}

function nameAnew(prefix: string, path: string): DomainName {
  if (path.length <= prefix.length) return ROOT;
  // From the right, because that is how the name reads.
  let wire = '';
  for (let end = path.length; end >= prefix.length; ) {
    const start = Math.max(path.lastIndexOf('/', end - 1) + 1, prefix.length);
    wire += labelOf(path, start, end);
    end = start - 1;
  }
  wire += '\0';
  return wire as DomainName;
}

/** As in a name, its length before it. */
function labelOf(path: string, start: number, end: number): string {
  return String.fromCharCode(end - start) + path.slice(start, end);
}

/** One label less: `/skydns/example/web` to `/skydns/example`; of a single label the prefix. */
export function pathAbove(prefix: string, path: string): string {
  return path.slice(0, Math.max(prefix.length, path.lastIndexOf('/')));
}

/** Whether a path is `above` or lies below it. */
export function isPathAtOrBelow(path: string, above: string): boolean {
  if (!path.startsWith(above)) return false;
  return path.length === above.length || above.endsWith('/') || path[above.length] === '/';
}

/** The name whose key this is; undefined when no owner name has that key. O(octets). */
export function nameOfKey(prefix: string, key: string): DomainName | undefined {
  const path = pathOfKey(prefix, key);
  return path === undefined ? undefined : nameOfPath(prefix, path);
}

/**
 * The keys of a zone: its apex and all below. Sibling keys such as `/skydns/example-two` sort in
 * between; readers drop what is not at or below the apex.
 */
export function rangeOfZone(prefix: string, apex: DomainName): KeyRange {
  const key = keyOfName(prefix, apex);
  if (key === prefix) return { from: prefix, to: rangeEnd(prefix) };
  return { from: key, to: rangeEnd(`${key}/`) };
}

/** All keys that begin with `prefix`, which must not end in the octet 255. */
export function rangeOfPrefix(prefix: string): KeyRange {
  return { from: prefix, to: rangeEnd(prefix) };
}

export function isInRange(key: string, range: KeyRange): boolean {
  return range.from <= key && key < range.to;
}

/** Without those that lie within another: a zone below a zone. */
export function disjoint(ranges: readonly KeyRange[]): KeyRange[] {
  const sorted = [...ranges].sort((left, right) => (left.from < right.from ? -1 : 1));
  const kept: KeyRange[] = [];
  for (const range of sorted) {
    const last = kept[kept.length - 1];
    if (last === undefined || range.from >= last.to) kept.push(range);
    else if (range.to > last.to) kept[kept.length - 1] = { from: last.from, to: range.to };
  }
  return kept;
}

function rangeEnd(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1);
  return prefix.slice(0, -1) + String.fromCharCode(last + 1);
}
