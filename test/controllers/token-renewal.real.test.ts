/**
 * A member's token renewed by the member itself: joined by the verb, with only what that gave, its
 * control plane a while into the life of a token of ten minutes. Real clusters, a clock put forward.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { startFakeClock } from '../lab/fake-clock.ts';
import type { RunningProcess } from '../lab/process.ts';
import { startControlPlane } from './control-plane-process.ts';
import { eventually } from './eventually.ts';
import { type Federation, startFederation } from './federation.ts';
import { federationVerbs } from './verbs/federation-verbs.ts';

const NAMESPACE = 'kube-federation-system';

let federation: Federation;
let running: RunningProcess;

beforeAll(async () => {
  federation = await startFederation({
    members: ['one'],
    withWorkloads: false,
    isWithoutControlPlane: true,
  });
  await federationVerbs(federation).done('join', 'one');
}, 120_000);

afterAll(async () => {
  await running.stop();
  await federation.stop();
});

const secret = () => federation.get('host', ['secret', 'one-token', '-n', NAMESPACE]);

it('is another after a third of its life, and the member stays ready', async () => {
  const account = ['create', 'token', 'one-host', '-n', NAMESPACE, '--duration=10m'];
  const short = (await federation.member('one').kubectl(account)).trim();
  const data = { token: Buffer.from(short).toString('base64') };
  const patch = ['patch', 'secret', 'one-token', '-n', NAMESPACE, '--type=merge', '-p'];
  await federation.host.kubectl([...patch, JSON.stringify({ data })]);
  const clock = await startFakeClock();
  clock.set('+5m');
  running = await startControlPlane(federation, clock.env);
  const renewed = await eventually(secret, (seen) => seen.data?.['token'] !== data.token, 60_000);
  const ends = renewed.metadata.annotations?.['fedns.io/token-expires'] ?? '';
  expect((Date.parse(ends) - Date.now()) / 3_600_000).toBeCloseTo(720, -1);
  const cluster = await eventually(
    () => federation.get('host', ['kubefedcluster', 'one', '-n', NAMESPACE]),
    ({ status }) =>
      status?.conditions?.some(
        ({ type, reason }) => type === 'fedns.io/Token' && reason === 'Valid',
      ) === true,
  );
  const ready = cluster.status?.conditions?.find(({ type }) => type === 'Ready');
  expect(ready?.status).toBe('True');
}, 120_000);
