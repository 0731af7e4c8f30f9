/**
 * Paths of overrides as federation once wrote them -> JSON pointers. Pure.
 *
 *   spec.replicas                              ->  /spec/replicas
 *   spec.template.spec.containers[0].image     ->  /spec/template/spec/containers/0/image
 *   metadata.annotations.example.com/colour    ->  /metadata/annotations/example.com~1colour
 *
 * Source: RFC 6901; KubeFed before its release 0.1. KubeFed 0.10 took them and could apply none.
 */

import { bad, good, type Read } from './read.ts';

/** Behind these one key may hold dots and slashes: it is all that is left. */
export const KEYED_PARTS = [
  'annotations',
  'labels',
  'matchLabels',
  'nodeSelector',
  'data',
] as const;
const KEYED: ReadonlySet<string> = new Set(KEYED_PARTS);

/** Of what has no slash in front. */
export function pointerOf(dotted: string): Read<string> {
  const parts: string[] = [];
  let rest = dotted;
  while (rest !== '') {
    if (KEYED.has(parts.at(-1) ?? '')) {
      const quoted = /^\["?([^"\]]+)"?\]$/.exec(rest);
      parts.push(quoted?.[1] ?? rest);
      break;
    }
    const found = /^(?:\[(\d+)\]|\["([^"]+)"\]|([^.[\]/]+))(?:\.|(?=\[)|$)/.exec(rest);
    if (found === null) return bad(`"${dotted}" is no path: a JSON pointer is wanted, /spec/…`);
    parts.push(found[1] ?? found[2] ?? found[3] ?? '');
    rest = rest.slice(found[0].length);
  }
  if (parts.length === 0 || dotted.endsWith('.')) return bad(`"${dotted}" is no path`);
  return good(
    `/${parts.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`,
  );
}
