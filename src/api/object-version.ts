/**
 * Which state of which object: `<uid> <resourceVersion>`. Opaque but for these two parts, and
 * compared for equality only: two of one object are the same state or not, and nothing else.
 */

import { textAt } from './untyped.ts';

/** An object without a uid goes by `key`. */
export function objectVersion(object: unknown, key = ''): string {
  const uid = textAt(object, 'metadata', 'uid') ?? key;
  return flat(`${uid} ${textAt(object, 'metadata', 'resourceVersion') ?? ''}`);
}

export function uidOf(version: string): string {
  return version.slice(0, version.lastIndexOf(' '));
}

export function resourceVersionOf(version: string): string {
  return version.slice(version.lastIndexOf(' ') + 1);
}

/**
 * The same text in one piece: what was put together rests as a tree of its parts until a character
 * of it is asked for. 100 octets less for each text that is kept for long.
 */
export function flat(text: string): string {
  text.charCodeAt(0);
  return text;
}
