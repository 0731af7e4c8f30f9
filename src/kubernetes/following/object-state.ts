/** What names an object and one state of it: key, uid, and uid with resource version. */

import { flatText, objectVersion } from '../../api/object-version.ts';
import { textAt } from '../../api/untyped.ts';

export interface ObjectState {
  /** `namespace/name`, or `name` for what belongs to the cluster. */
  readonly key: string;
  readonly uid: string;
  /** Opaque; two of one object are the same state or not, and nothing else. */
  readonly state: string;
}

/** undefined: an object without a name. */
export function stateOf(object: unknown): ObjectState | undefined {
  const name = textAt(object, 'metadata', 'name') ?? '';
  if (name === '') return undefined;
  const namespace = textAt(object, 'metadata', 'namespace') ?? '';
  const key = namespace === '' ? name : flatText(namespace, '/', name);
  const uid = textAt(object, 'metadata', 'uid') ?? key;
  return { key, uid, state: objectVersion(object, key) };
}
