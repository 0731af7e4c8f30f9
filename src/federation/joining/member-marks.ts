/**
 * Our marks on a copy in a member, and what takes them off: the object then is as if nobody had
 * ever federated it, and runs on.
 *
 * Source: specs of KubeFed 0.10, "unjoin" (which left its label; threads 1482, 1233).
 */

import type { JsonObject } from '../../api/kubefed/federated-object.ts';
import { textMapAt } from '../../api/untyped.ts';
import {
  CREATED_ANNOTATION,
  MANAGED_LABEL,
  OUR_ANNOTATIONS,
  OWNER_ANNOTATION,
} from '../copies/member-object.ts';

/** Selects in a member what may be ours: "false" is a person's word, and stays. */
export const MARKED_SELECTOR = `${MANAGED_LABEL}=true`;

/** Another federation's copies are not ours to release; without an owner KubeFed made it. */
export function isOfFederation(object: unknown, federationUid: string): boolean {
  const owner = textMapAt(object, 'metadata', 'annotations').get(OWNER_ANNOTATION);
  return owner === undefined || owner.startsWith(`${federationUid}/`);
}

/** It bears the owner mark of this very federation. */
export function isOwnedBy(object: unknown, federationUid: string): boolean {
  const owner = textMapAt(object, 'metadata', 'annotations').get(OWNER_ANNOTATION);
  return owner?.startsWith(`${federationUid}/`) === true;
}

/** A namespace that a federation made, so that it may go with its copies. */
export function isCreatedByFederation(object: unknown): boolean {
  return textMapAt(object, 'metadata', 'annotations').has(CREATED_ANNOTATION);
}

/** A merge patch. */
export function withoutMarks(uid: string): JsonObject {
  return {
    metadata: {
      // Another object of the same name is not the one that was listed.
      uid,
      labels: { [MANAGED_LABEL]: null },
      annotations: Object.fromEntries(OUR_ANNOTATIONS.map((name) => [name, null])),
    },
  };
}
