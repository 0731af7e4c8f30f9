/** Whose turn it is in a rollout is asked for changes of people, not for the mark that a shard leaves. */

import { expect, it } from 'vitest';
import { readFederatedObject } from '../../src/api/kubefed/federated-object.ts';
import { holdBack } from '../../src/controllers/sync/hold-back.ts';
import { ObjectState } from '../../src/controllers/sync/object-state.ts';
import type { CopyMold } from '../../src/federation/copies/member-object.ts';

const TARGET = {
  ...{ group: '', version: 'v1', kind: 'Service', plural: 'services' },
  isNamespaced: true,
};

function mold(port: number, leaving: readonly string[]): CopyMold {
  const metadata = { namespace: 'shop', name: 'web', generation: port };
  const spec = { template: { spec: { ports: [{ port }] } }, rollout: { maxClusters: 1 } };
  return {
    object: readFederatedObject({ metadata, spec }),
    target: TARGET,
    owner: 'uid/federatedservices.types.kubefed.io',
    takesAnnotations: false,
    clusterLabels: new Map(),
    leaving: new Set(leaving),
  };
}

/** Written everywhere as of this, wanted as of that, and cluster two under change. */
function held(was: CopyMold, now: CopyMold) {
  const state = new ObjectState(was, undefined);
  for (const cluster of ['one', 'two']) {
    const { contentHash, labelsHash } = state.content(cluster);
    state.recorded.set(cluster, { uid: 'u', version: '1', contentHash, labelsHash });
  }
  state.take(now);
  state.rolls('two');
  const step = { kind: 'write', isEmptying: false } as const;
  return holdBack({ cluster: 'one', state, step, wakeAfter: () => {} });
}

it.each([
  ['put on', [], ['one']],
  ['taken off', ['one'], []],
] as const)('a mark is %s at once', (_, was, now) => {
  expect(held(mold(80, was), mold(80, now))).toBeUndefined();
});

it.each([
  ['alone', [], []],
  ['together with a mark', [], ['one']],
] as const)('a change waits for its turn, %s', (_, was, now) => {
  expect(held(mold(80, was), mold(81, now))).toMatchObject({ status: 'RolloutPending' });
});
