/**
 * `fedns webhook` as shipped, asked by a real API server: what deploy/admission.md marks as its rows
 * is refused in the words of the table, defaults are added; and what it must not stand in the way
 * of goes on while it is dead.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningProcess } from '../lab/process.ts';
import { admissionRows, MANIFEST_FILES, manifestObjects } from './admission-table.ts';
import { NAMESPACE, refusal } from './host-with-kinds.ts';
import {
  CONTROLLER,
  clusterOf,
  type HostWithWebhook,
  startHostWithWebhook,
} from './host-with-webhook.ts';

let host: HostWithWebhook;
let webhook: RunningProcess;

beforeAll(async () => {
  host = await startHostWithWebhook();
  webhook = await host.startWebhook();
  await host.whenAsked();
  for (const file of MANIFEST_FILES) {
    const items = manifestObjects(file);
    await host.kubectl(
      ['apply', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    );
  }
}, 180_000);
afterAll(async () => {
  await webhook?.kill9();
  await host?.clusters.stop();
});

const write = (args: readonly string[], object: object) =>
  refusal(host.kubectl([...args, '-f', '-'], JSON.stringify(object)));
const AS_CONTROLLER = [`--as=${CONTROLLER}`, '--as-group=system:masters'];
const cluster = (...args: string[]) => ['kubefedcluster', '-n', NAMESPACE, ...args];

describe('the webhook refuses', () => {
  const rows = admissionRows().filter(({ by }) => by === 'webhook');
  it.each(rows.map((row) => [row.title, row] as const))('%s', async (_, row) => {
    expect(await write(['apply', '--dry-run=server'], row.refused)).toContain(row.message);
  });

  it('all that is wrong at once', async () => {
    const object = clusterOf('north', 'north..example');
    const spec = { ...object.spec, caBundle: 'aGVsbG8=', proxyURL: 'http://[2001:db8::1' };
    const said = await write(['create'], { ...object, spec });
    for (const field of ['apiEndpoint', 'caBundle', 'proxyURL']) {
      expect(said).toContain(`spec.${field}: `);
    }
  });

  it('nothing that our own controllers write, and no update for what was wrong before', async () => {
    const wrong = clusterOf('wrong', 'wrong..example');
    expect(await write(['create', ...AS_CONTROLLER], wrong)).toBeUndefined();
    const spec = { ...wrong.spec, secretRef: { name: 'other' } };
    expect(await write(['apply'], { ...wrong, spec })).toBeUndefined();
    expect(await write(['apply'], { ...wrong, spec: { ...spec, apiEndpoint: 'a:0' } })).toContain(
      'spec.apiEndpoint',
    );
  });
});

it('defaults are added at creation', async () => {
  const object = {
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedConfig',
    metadata: { name: 'other', namespace: NAMESPACE },
    spec: { scope: 'Cluster' },
  };
  const args = ['create', '--dry-run=server', '-o', 'json', '-f', '-'];
  const made = JSON.parse(await host.kubectl(args, JSON.stringify(object)));
  const gates: { name: string }[] = made.spec.featureGates;
  expect(gates.map(({ name }) => name)).toEqual([
    'PushReconciler',
    'RawResourceStatusCollection',
    'SchedulerPreferences',
  ]);
});

it('ends at a signal, having answered', async () => {
  webhook.signal('SIGTERM');
  expect(await webhook.exited).toBe(0);
  webhook = await host.startWebhook();
  await host.whenAsked();
});

describe('while the webhook is dead', () => {
  beforeAll(async () => {
    const labelled = clusterOf('south', 'south.example');
    const metadata = { ...labelled.metadata, finalizers: ['example.com/held'] };
    await host.kubectl(['create', '-f', '-'], JSON.stringify({ ...labelled, metadata }));
    await webhook.kill9();
  });

  it('only a KubeFedCluster of others waits for it', async () => {
    expect(await write(['create'], clusterOf('late', 'late.example'))).toContain(
      'failed calling webhook',
    );
  });

  it('our own controllers write', async () => {
    const made = clusterOf('ours', 'ours.example');
    expect(await write(['create', ...AS_CONTROLLER], made)).toBeUndefined();
    const spec = { ...made.spec, apiEndpoint: 'ours.example:6443' };
    expect(await write(['apply', ...AS_CONTROLLER], { ...made, spec })).toBeUndefined();
  });

  it('status is written, by anybody', async () => {
    const condition = { type: 'Ready', status: 'True', lastProbeTime: '2030-01-01T00:00:00Z' };
    const patch = JSON.stringify({ status: { conditions: [condition] } });
    await host.kubectl([
      'patch',
      ...cluster('south'),
      '--subresource=status',
      '--type=merge',
      '-p',
      patch,
    ]);
  });

  it('labels are written, finalizers go, deletes are done', async () => {
    await host.kubectl(['label', ...cluster('south'), 'tier=edge']);
    await host.kubectl(['delete', ...cluster('south'), '--wait=false']);
    const patch = JSON.stringify({ metadata: { finalizers: null } });
    await host.kubectl(['patch', ...cluster('south'), '--type=merge', '-p', patch]);
    expect(await host.kubectl(['get', ...cluster('--ignore-not-found', 'south')])).toBe('');
    await host.kubectl(['delete', ...cluster('ours')]);
  });

  it('schema and CEL refuse what is theirs, and the rest is let in', async () => {
    const rows = admissionRows().filter(({ good }) => good.kind !== 'KubeFedCluster');
    const [byCel] = rows.filter(({ by }) => by === 'CEL');
    const [byWebhook] = rows.filter(({ by }) => by === 'webhook');
    const args = ['apply', '--dry-run=server'];
    expect(await write(args, byCel?.refused ?? {})).toContain(byCel?.message);
    expect(await write(args, byWebhook?.refused ?? {})).toBeUndefined();
  });
});
