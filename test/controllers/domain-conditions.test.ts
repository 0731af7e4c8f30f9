/** The loop of Domains against a host of ours: what it writes, and that it does so once. */

import { afterEach, expect, it, vi } from 'vitest';
import { type DomainObject, readDomain } from '../../src/api/kubefed/dns-record-objects.ts';
import { Domains } from '../../src/controllers/records/domains/domains.ts';
import { RecordEvents } from '../../src/controllers/records/record-events.ts';
import type { PacedClient } from '../../src/kubernetes/reconciling/paced-client.ts';

const KEY = 'kube-federation-system/d';
const running: Domains[] = [];
afterEach(async () => {
  for (const loop of running.splice(0)) await loop.queue.stop();
});

interface Written {
  readonly path: string;
  readonly body: { readonly status: { readonly conditions: readonly object[] } };
}

function trial() {
  const objects = new Map<string, DomainObject>();
  const written: Written[] = [];
  const told: unknown[] = [];
  const host = {
    patch: async (path: string, body: Written['body']) => void written.push({ path, body }),
    post: async (_path: string, body: unknown) => void told.push(body),
  } as unknown as PacedClient;
  const loop = new Domains({
    host,
    events: new RecordEvents(host),
    namespace: 'kube-federation-system',
    domains: objects,
    onFault: (_key, error) => {
      throw error;
    },
  });
  running.push(loop);
  loop.queue.start();
  const put = (domain: string, status?: object) => {
    const metadata = { name: 'd', namespace: 'kube-federation-system', generation: 3, uid: 'u' };
    objects.set(KEY, readDomain({ metadata, domain, status }));
    loop.queue.wake(KEY);
  };
  return { put, written, told, loop };
}

it('one that is good, and one that is not; with Events', async () => {
  const { put, written, told } = trial();
  put('example.com');
  await vi.waitFor(() => expect(written).toHaveLength(1));
  expect(written[0]?.path).toBe(
    '/apis/multiclusterdns.kubefed.io/v1alpha1/namespaces/kube-federation-system/domains/d/status',
  );
  const [first] = written[0]?.body.status.conditions ?? [];
  expect(first).toMatchObject({ type: 'Ready', status: 'True', reason: 'Valid' });
  expect(first).toMatchObject({ observedGeneration: 3 });
  put('a..b', { conditions: [first] });
  await vi.waitFor(() => expect(written).toHaveLength(2));
  expect(written[1]?.body.status.conditions).toMatchObject([
    { type: 'Ready', status: 'False', reason: 'InvalidDomain' },
  ]);
  await vi.waitFor(() => expect(told).toHaveLength(2));
  expect(told[1]).toMatchObject({
    type: 'Warning',
    reason: 'InvalidDomain',
    regarding: { kind: 'Domain', name: 'd', uid: 'u' },
  });
});

it("what is said already is not written again; others' conditions stay", async () => {
  const { put, written, loop } = trial();
  const other = { type: 'Other', status: 'Unknown' };
  put('example.com', { conditions: [other] });
  await vi.waitFor(() => expect(written).toHaveLength(1));
  const { conditions } = written[0]?.body.status ?? { conditions: [] };
  expect(conditions[0]).toEqual(other);
  put('example.com', { conditions });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await loop.queue.stop();
  expect(written).toHaveLength(1);
});
