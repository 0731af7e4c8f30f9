/** What a status adds to a member's own word: the whole rule that is missing there, or the type. */

import { expect, it } from 'vitest';
import { readFederatedObject } from '../../src/api/kubefed/federated-object.ts';
import { unreadResult, withRemedy } from '../../src/controllers/sync/object-outlook.ts';
import { statusError } from '../../src/kubernetes/api-error.ts';

const target = {
  ...{ group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs' },
  isNamespaced: true,
};
const mold = {
  ...{ object: readFederatedObject({}), target, owner: 'o', takesAnnotations: false },
  clusterLabels: new Map(),
};
const HINT =
  '; missing there is the rule {"apiGroups":["batch"],"resources":["jobs"],"verbs":["get","list","watch","create","update","patch","delete"]}: "fedns enable jobs.batch" adds it';

const refusal = (code: number, reason: string, message: string) =>
  statusError('POST /apis/batch/v1/jobs', { status: code, body: { code, reason, message } })
    .message;
const user = `User "system:serviceaccount:kube-federation-system:${'east'.repeat(60)}-host"`;
const forbidden = refusal(403, 'Forbidden', `jobs.batch is forbidden: ${user} cannot create ...`);

it('a right that is missing, also where the word of the member is too long to name it', () => {
  expect(forbidden).not.toContain('cannot');
  expect(withRemedy(forbidden, mold)).toBe(`${forbidden}${HINT}`);
  expect(unreadResult({ problem: forbidden }, target)).toEqual({
    status: 'CachedRetrievalFailed',
    message: `${forbidden}${HINT}`,
  });
});

it('what admission forbids is no matter of rights', () => {
  const quota = refusal(403, 'Forbidden', 'jobs.batch "sums" is forbidden: exceeded quota: small');
  expect(withRemedy(quota, mold)).toBe(quota);
});

it('a type that is missing; anything else is as the member says it', () => {
  const absent = 'GET /apis/batch/v1/jobs: server says 404: 404 page not found';
  expect(unreadResult({ problem: absent }, target)?.message).toBe(
    `${absent}; the member does not have jobs.batch in v1`,
  );
  const busy = refusal(429, 'TooManyRequests', 'try again');
  expect(unreadResult({ problem: busy }, target)?.message).toBe(busy);
});
