/**
 * Looking into JSON of which nothing is known yet: what an API server, another version of it or
 * somebody posing as one may send. Nothing here throws; what is not of the asked kind is absent.
 */

/** The value at a path of keys; undefined where any step is no object or lacks the key. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[key];
  }
  return at;
}

export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** Entries whose values are text: labels, annotations. */
export function textMapAt(value: unknown, ...path: readonly string[]): Map<string, string> {
  const found = valueAt(value, ...path);
  if (typeof found !== 'object' || found === null) return new Map();
  return new Map(
    Object.entries(found).filter((entry): entry is [string, string] => {
      return typeof entry[1] === 'string';
    }),
  );
}
