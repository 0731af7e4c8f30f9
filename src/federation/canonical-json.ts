/**
 * JSON as Go writes a map: keys in the order of their octets, nothing between tokens, and `<`, `>`,
 * `&`, U+2028 and U+2029 escaped. PropagatedVersion's hashes are of this text, and an upgrade must
 * find them equal.
 *
 * Source: encoding/json (HTML escaping is on by default), KubeFed's hash of template and overrides.
 */

export function canonicalJson(value: unknown): string {
  return write(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([left], [right]) => compareOctets(left, right))
    .map(([key, item]) => `${JSON.stringify(key)}:${write(item)}`);
  return `{${entries.join(',')}}`;
}

/** By code point, as their UTF-8 octets sort: not by UTF-16 unit. */
function compareOctets(left: string, right: string): number {
  const a = [...left];
  const b = [...right];
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = (a[index]?.codePointAt(0) ?? 0) - (b[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
