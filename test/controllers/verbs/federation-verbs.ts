/**
 * The verbs of kubefedctl run as processes on a federation of the lab, all its contexts in one
 * kubeconfig, the host's current; and what a cluster holds, to compare before and after.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parse } from 'yaml';
import type { KubernetesCluster } from '../../lab/kubernetes.ts';
import { temporaryFolder } from '../../lab/process.ts';
import { fedns } from '../../scenario/running-fedns.ts';
import { eventually } from '../eventually.ts';
import type { Federation, SeenObject } from '../federation.ts';

/** A type of nobody. */
export const WIDGETS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', singular: 'widget', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: { replicas: { type: 'integer', format: 'int32' } },
              },
            },
          },
        },
      },
    ],
  },
};

export interface FederationVerbs {
  readonly kubeconfig: string;
  run(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Its output; throws where it fails. */
  done(...words: string[]): Promise<string>;
  /** A dry run, which must change nothing, then the real one, which must say the same; gives what the real one said. */
  doneAsSaid(...words: string[]): Promise<string>;
}

export function federationVerbs(federation: Federation): FederationVerbs {
  const kubeconfig = mergedKubeconfig(federation);
  const run = (...words: string[]) =>
    fedns({ config: undefined }, [...words, '--kubeconfig', kubeconfig]);
  const done = async (...words: string[]) => {
    const { code, stdout, stderr } = await run(...words);
    if (code !== 0) throw new Error(`fedns ${words.join(' ')}: ${code}: ${stderr}`);
    return stdout;
  };
  return {
    ...{ kubeconfig, run, done },
    async doneAsSaid(...words) {
      const [before, after, dry] = await eventually(
        async () => {
          const was = await contentsOf(federation);
          const said = await done(...words, '--dry-run');
          return [was, await contentsOf(federation), said] as const;
        },
        // Controllers may have changed something meanwhile; what a dry run writes it does not unsay.
        ([was, is]) => JSON.stringify(was) === JSON.stringify(is),
        60_000,
      );
      expect(after).toEqual(before);
      const real = await done(...words);
      expect(linesOfRun(dry)).toEqual(linesOfRun(real));
      expect(dry).toContain(' (dry run)');
      return real;
    },
  };
}

/** Every object of every cluster, but for what an API server and controllers write about it. */
async function contentsOf({ clusters }: Federation): Promise<readonly string[]> {
  const all = [...clusters.clusters.values()].map(async (cluster) => {
    const items = await listEverything(cluster);
    return items
      .filter(({ kind }) => !/^(Pod|ReplicaSet|Endpoints|EndpointSlice|Event)$/.test(kind))
      .map(({ status: _, metadata, ...rest }) => {
        const { resourceVersion: _version, managedFields: _fields, ...told } = metadata;
        return `${cluster.name}: ${JSON.stringify({ ...rest, metadata: told })}`;
      });
  });
  return (await Promise.all(all)).flat().sort();
}

/** But for the word that nothing was done, and what only an API server can say. */
function linesOfRun(output: string): readonly string[] {
  const told = output.replaceAll(' (dry run)', '').replace(/; its token ends .*/g, '');
  return told.trim().split('\n');
}

function mergedKubeconfig({ clusters }: Federation): string {
  const merged: Record<string, unknown[]> = { clusters: [], users: [], contexts: [] };
  for (const { name, kubeconfigPath } of clusters.clusters.values()) {
    const one = parse(readFileSync(kubeconfigPath, 'utf8'));
    merged['clusters']?.push(...one.clusters);
    merged['users']?.push({ ...one.users[0], name });
    merged['contexts']?.push({ name, context: { cluster: name, user: name } });
  }
  const path = join(temporaryFolder('kubefedctl'), 'config');
  const whole = { apiVersion: 'v1', kind: 'Config', 'current-context': 'host', ...merged };
  writeFileSync(path, JSON.stringify(whole), { mode: 0o600 });
  return path;
}

/** But what comes and goes by itself: `kind namespace/name` -> uid. */
export async function everythingIn(
  cluster: KubernetesCluster,
): Promise<ReadonlyMap<string, string>> {
  const items = await listEverything(cluster);
  return new Map(
    items.map(({ kind, metadata }) => {
      const { namespace = '', name, uid } = metadata;
      return [`${kind} ${namespace}/${name}`, uid];
    }),
  );
}

async function listEverything({ kubectl }: KubernetesCluster): Promise<readonly Listed[]> {
  const listed = await kubectl(['api-resources', '--verbs=list,create', '-o', 'name']);
  const types = listed
    .trim()
    .split('\n')
    .filter((type) => !/^(events|leases|componentstatuses|ipaddresses)/.test(type));
  const { items } = JSON.parse(await kubectl(['get', types.join(','), '-A', '-o', 'json']));
  return items;
}

interface Listed {
  readonly kind: string;
  readonly status?: unknown;
  readonly metadata: SeenObject['metadata'] & {
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly managedFields?: unknown;
  };
}
