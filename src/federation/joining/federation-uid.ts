/**
 * Whose copies are ours. Our choice: the uid of the control plane's namespace, which outlives the
 * KubeFedConfig; a person whose host was lost says the old one in an annotation of it. Pure.
 */

import { textAt, textMapAt } from '../../api/untyped.ts';

const FEDERATION_UID_ANNOTATION = 'fedns.io/federation-uid';

/** Of the control plane's namespace. */
export function federationUidOf(namespace: unknown): string {
  const said = textMapAt(namespace, 'metadata', 'annotations').get(FEDERATION_UID_ANNOTATION);
  return said || (textAt(namespace, 'metadata', 'uid') ?? '');
}
