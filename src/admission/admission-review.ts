/**
 * An AdmissionReview of the API server -> its answer: what is refused and why, or which defaults are
 * added. Pure: the checks are those of `api/kubefed`, whose table is deploy/admission.md.
 *
 * Source: admission.k8s.io/v1; KubeFed's specs, section d "Webhooks". Our choices: who deletes, who
 * writes another subresource than the status, and our own controllers always pass; what is being
 * deleted is not checked; of an update only what is newly wrong refuses.
 */

import { checkObject } from '../api/kubefed/check-object.ts';
import { isJsonObject, type JsonObject } from '../api/kubefed/federated-object.ts';
import { type FieldProblem, formatFieldProblem } from '../api/kubefed/field-problem.ts';
import { defaultKubeFedConfig } from '../api/kubefed/kubefed-config.ts';
import { bad, good, type Read } from '../api/read.ts';
import { textAt, valueAt } from '../api/untyped.ts';
import { CAUSES_MAX } from './limits.ts';

export interface AdmissionRequest {
  readonly uid: string;
  readonly operation: string;
  readonly group: string;
  readonly kind: string;
  /** Empty: the object itself. */
  readonly subResource: string;
  readonly namespace: string | undefined;
  readonly objectName: string;
  readonly account: string;
  /** Of a deletion there is none. */
  readonly object: JsonObject | undefined;
  /** As it is stored; of a creation there is none. */
  readonly before: JsonObject | undefined;
}

export type Verdict =
  | { readonly kind: 'allowed'; readonly patch?: readonly object[] }
  | { readonly kind: 'refused'; readonly problems: readonly FieldProblem[] };

/** Whoever asks; `accounts`: the user names of our own controllers. */
export type Judge = (request: AdmissionRequest, accounts: ReadonlySet<string>) => Verdict;

const ALLOWED: Verdict = { kind: 'allowed' };
const VERSION = 'admission.k8s.io/v1';

export function readReview(text: string): Read<AdmissionRequest> {
  let review: unknown;
  try {
    review = JSON.parse(text);
  } catch {
    return bad('the body is not JSON');
  }
  if (textAt(review, 'apiVersion') !== VERSION || textAt(review, 'kind') !== 'AdmissionReview') {
    return bad(`apiVersion and kind: not an AdmissionReview of ${VERSION}`);
  }
  const request = valueAt(review, 'request');
  const uid = textAt(request, 'uid') ?? '';
  const operation = textAt(request, 'operation') ?? '';
  if (uid === '') return bad('request.uid: is missing');
  if (operation === '') return bad('request.operation: is missing');
  const [object, before] = [objectAt(request, 'object'), objectAt(request, 'oldObject')];
  const isWrite = operation === 'CREATE' || operation === 'UPDATE';
  if (isWrite && object === undefined) return bad('request.object: is no object');
  return good({
    uid,
    operation,
    group: textAt(request, 'kind', 'group') ?? '',
    kind: textAt(request, 'kind', 'kind') ?? '',
    subResource: textAt(request, 'subResource') ?? '',
    namespace: textAt(request, 'namespace'),
    objectName: textAt(request, 'name') || (textAt(object, 'metadata', 'name') ?? ''),
    account: textAt(request, 'userInfo', 'username') ?? '',
    object,
    before,
  });
}

/** Every kind; which of them come here the webhook configurations say. */
export const validate: Judge = (request, accounts) => {
  const { object, before, subResource, operation } = request;
  if (object === undefined || accounts.has(request.account)) return ALLOWED;
  if (operation !== 'CREATE' && operation !== 'UPDATE') return ALLOWED;
  if (subResource !== '' && subResource !== 'status') return ALLOWED;
  // Its finalizers must be able to go, whatever else is wrong with it.
  if (valueAt(object, 'metadata', 'deletionTimestamp') != null) return ALLOWED;
  const part = subResource === 'status' ? 'status' : 'spec';
  const problems = checkObject(object, { part, ...(before && { before }) });
  return problems.length === 0 ? ALLOWED : { kind: 'refused', problems };
};

/** KubeFedConfigs at creation, as KubeFed's own webhook. */
export const addDefaults: Judge = ({ object, operation, subResource, group, kind }) => {
  const isConfig = group === 'core.kubefed.io' && kind === 'KubeFedConfig';
  if (!isConfig || object === undefined || operation !== 'CREATE' || subResource !== '') {
    return ALLOWED;
  }
  const spec = object['spec'];
  // What is no spec stays, for the schema to refuse.
  if (spec !== undefined && !isJsonObject(spec)) return ALLOWED;
  const value = defaultKubeFedConfig(object)['spec'];
  if (JSON.stringify(value) === JSON.stringify(spec)) return ALLOWED;
  // RFC 6902 section 4.1: of a member that exists the value is replaced.
  return { kind: 'allowed', patch: [{ op: 'add', path: '/spec', value }] };
};

/** The review that answers it. */
export function formatAnswer(request: AdmissionRequest, verdict: Verdict): object {
  const { uid } = request;
  const answer = (response: object) => ({
    apiVersion: VERSION,
    kind: 'AdmissionReview',
    response: { uid, ...response },
  });
  if (verdict.kind === 'refused') {
    return answer({ allowed: false, status: refusalStatus(request, verdict.problems) });
  }
  if (verdict.patch === undefined) return answer({ allowed: true });
  const patch = Buffer.from(JSON.stringify(verdict.patch)).toString('base64');
  return answer({ allowed: true, patchType: 'JSONPatch', patch });
}

/** `KubeFedCluster "east" is invalid: spec.apiEndpoint: …`. */
export function refusalText(
  { kind, objectName }: AdmissionRequest,
  problems: readonly FieldProblem[],
): string {
  const told = problems.slice(0, CAUSES_MAX).map(formatFieldProblem).join('; ');
  const more = problems.length - CAUSES_MAX;
  return `${kind} "${objectName}" is invalid: ${told}${more > 0 ? `; and ${more} more` : ''}`;
}

/** As the API server says what its own validation refuses: kubectl prints each cause. */
function refusalStatus(request: AdmissionRequest, problems: readonly FieldProblem[]): object {
  const { group, kind, objectName: name } = request;
  const causes = problems.slice(0, CAUSES_MAX).map(({ field, message }) => ({
    reason: message.startsWith('is missing') ? 'FieldValueRequired' : 'FieldValueInvalid',
    field,
    message,
  }));
  return {
    status: 'Failure',
    code: 422,
    reason: 'Invalid',
    message: refusalText(request, problems),
    details: { name, group, kind, causes },
  };
}

function objectAt(request: unknown, name: string): JsonObject | undefined {
  const object = valueAt(request, name);
  return isJsonObject(object) ? object : undefined;
}
