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
import { type DomainName, foldAscii, formatName, labelsOf } from '../../dns/name.ts';
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

/** `prefix` as normalPrefix gives it. Throws InputError NAME_NO_KEY. */
export function keyOfName(prefix: string, name: DomainName): string {
  const labels = labelsOf(name);
  const bad = labels.find((label) => label.includes('/') || label.includes('.'));
  if (bad !== undefined) {
    throw new InputError('NAME_NO_KEY', `${formatName(name)} has a "/" or "." inside a label`);
  }
  return prefix + labels.reverse().join('/');
}

/** The name whose key this is; undefined when no owner name has that key. O(octets). */
export function nameOfKey(prefix: string, key: string): DomainName | undefined {
  if (!key.startsWith(prefix)) return undefined;
  if (key.length - prefix.length > NAME_OCTETS_MAX || key.includes('.', prefix.length)) {
    return undefined;
  }
  // From the right, because that is how the name reads; once for every key of a load.
  let wire = '';
  for (let end = key.length; end >= prefix.length; ) {
    const slash = key.lastIndexOf('/', end - 1);
    const start = Math.max(slash + 1, prefix.length);
    const length = end - start;
    if (length <= 0 || length > LABEL_OCTETS_MAX) return undefined;
    wire += String.fromCharCode(length) + key.slice(start, end);
    end = start - 1;
  }
  wire += '\0';
  if (wire.length > NAME_OCTETS_MAX) return undefined;
  // Upper case in a key is invisible to CoreDNS, which lower-cases the question; we fold it.
  return (UPPER_CASE.test(key) ? foldAscii(wire) : wire) as DomainName;
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

function rangeEnd(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1);
  return prefix.slice(0, -1) + String.fromCharCode(last + 1);
}
