/**
 * Metrics of the control plane: who leads, how clusters stand, what each type has in the members, what
 * is held, what waits. Of a process that does not lead only that it does not.
 */

import { Gauge, type Registry } from 'prom-client';
import { listAt, textAt } from '../api/untyped.ts';
import type { FederatedCluster } from './clusters/federated-clusters.ts';
import type { FederationLoops } from './federation-loops.ts';

type Row = readonly [labels: Readonly<Record<string, string>>, value: number];

interface Rows {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly read: (loops: FederationLoops) => Iterable<Row>;
}

/** KubeFed's, each cluster in one of them. */
const CLUSTER_STATES = ['ready', 'notready', 'offline'] as const;

function stateOf(cluster: FederatedCluster | undefined): (typeof CLUSTER_STATES)[number] {
  if (cluster?.isReady === true) return 'ready';
  const offline = listAt(cluster?.object, 'status', 'conditions').find(
    (one) => textAt(one, 'type') === 'Offline',
  );
  return textAt(offline, 'status') === 'True' ? 'offline' : 'notready';
}

/** KubeFed's names where it has the same thing (`kubefedcluster_total`), ours elsewhere. */
const ROWS: readonly Rows[] = [
  {
    name: 'kubefedcluster_total',
    help: '1: the registered cluster is in this state.',
    labels: ['state', 'cluster'],
    *read({ clusters }) {
      for (const cluster of clusters.names) {
        const state = stateOf(clusters.get(cluster));
        for (const each of CLUSTER_STATES) {
          yield [{ state: each, cluster }, Number(each === state)];
        }
      }
    },
  },
  {
    name: 'joined_cluster_total',
    help: 'Registered clusters.',
    labels: [],
    *read({ clusters }) {
      yield [{}, clusters.names.length];
    },
  },
  {
    name: 'fedns_federation_objects',
    help: 'Federated objects of a type in the host.',
    labels: ['type'],
    *read({ types }) {
      for (const [type, engine] of types.engines) yield [{ type }, engine.objects.size];
    },
  },
  {
    name: 'fedns_federation_copies',
    help: 'Copies of a type in a member, as its watch shows them.',
    labels: ['type', 'cluster'],
    *read({ types }) {
      for (const [type, engine] of types.engines) {
        for (const [cluster, { copies }] of engine.counts()) yield [{ type, cluster }, copies];
      }
    },
  },
  {
    name: 'fedns_federation_writes_due',
    help: 'Copies of a type that are to be written in a member.',
    labels: ['type', 'cluster'],
    *read({ types }) {
      for (const [type, engine] of types.engines) {
        for (const [cluster, { due }] of engine.counts()) yield [{ type, cluster }, due];
      }
    },
  },
  {
    name: 'fedns_federation_removals_held',
    help: 'Removals of a type that wait for a person.',
    labels: ['type'],
    *read({ types }) {
      for (const [type, engine] of types.engines) yield [{ type }, engine.gate.held?.count ?? 0];
    },
  },
  {
    name: 'fedns_federation_tombstones',
    help: 'Copies that are to go from members which could not be reached.',
    labels: [],
    *read({ tombstoneCount }) {
      yield [{}, tombstoneCount];
    },
  },
  {
    name: 'fedns_federation_token_ends_timestamp_seconds',
    help: 'When the token of a member ends; absent where it never does.',
    labels: ['cluster'],
    *read({ tokens }) {
      for (const [cluster, endsAtMs] of tokens.ends) yield [{ cluster }, endsAtMs / 1000];
    },
  },
  {
    name: 'fedns_federation_faults_total',
    help: 'Faults of our own, caught while a key was worked on.',
    labels: ['type'],
    *read({ types }) {
      for (const [type, engine] of types.engines) yield [{ type }, engine.faultCount];
    },
  },
];

export function registerFederationMetrics(
  registry: Registry,
  source: { readonly isLeading: boolean; readonly loops: FederationLoops | undefined },
): void {
  new Gauge({
    name: 'fedns_federation_leading',
    help: '1: the loops of the federation run in this process.',
    registers: [registry],
    collect() {
      this.set(Number(source.isLeading));
    },
  });
  for (const { name, help, labels, read } of ROWS) {
    new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      collect() {
        this.reset();
        if (source.loops === undefined) return;
        for (const [row, value] of read(source.loops)) this.set(row, value);
      },
    });
  }
}
