/**
 * Three real member clusters in two regions and three zones, with the same services in each and
 * addresses that answer; and what happens to them: told to every ground truth before it is done.
 */

import { type DataPlane, startDataPlane } from '../../lab/data-plane.ts';
import { freePort } from '../../lab/free-port.ts';
import { type Clusters, type KubernetesCluster, startClusters } from '../../lab/kubernetes.ts';
import { GroundTruth, type Turn } from './ground-truth.ts';

export const WEST_A = 'west-a';
export const WEST_B = 'west-b';
export const EAST_C = 'east-c';

const PLACES = [
  { cluster: WEST_A, region: 'west', zone: 'a' },
  { cluster: WEST_B, region: 'west', zone: 'b' },
  { cluster: EAST_C, region: 'east', zone: 'c' },
] as const;

export interface StoryService {
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ThreeMembers {
  readonly clusters: Clusters;
  readonly plane: DataPlane;
  readonly services: readonly StoryService[];
  readonly port: number;
}

export async function startThreeMembers(services: readonly StoryService[]): Promise<ThreeMembers> {
  const port = await freePort('127.0.1.11');
  const [clusters, plane] = await Promise.all([
    startClusters(PLACES.map(({ cluster }) => cluster)),
    startDataPlane(
      services.flatMap((_, at) => PLACES.map(({ cluster }) => addressOf(at, cluster))),
      port,
    ),
  ]);
  const three = { clusters, plane, services, port };
  await Promise.all(
    PLACES.map(async ({ cluster, region, zone }) => {
      await clusterOf(three, cluster).addNode('n1', { region, zone });
      await Promise.all(services.map((service) => deploy(three, cluster, service)));
    }),
  );
  return three;
}

export async function stopThreeMembers(three: ThreeMembers | undefined): Promise<void> {
  await Promise.all([three?.plane.stop(), three?.clusters.stop()]);
}

export function clusterOf({ clusters }: ThreeMembers, name: string): KubernetesCluster {
  const found = clusters.clusters.get(name);
  if (found === undefined) throw new Error(`no cluster ${name}`);
  return found;
}

/** Again too, after its Service was deleted. */
export async function deploy(
  three: ThreeMembers,
  cluster: string,
  service: StoryService,
): Promise<void> {
  const address = addressOf(three.services.indexOf(service), cluster);
  await clusterOf(three, cluster).deployService({
    ...service,
    replicas: 2,
    addresses: [address],
    port: three.port,
  });
}

/** A new truth of a service: each who is watched may have one of its own. */
export function truthOf({ services }: ThreeMembers, name: string): GroundTruth {
  const at = services.findIndex((service) => service.name === name);
  return new GroundTruth(
    name,
    PLACES.map((place) => ({ ...place, address: addressOf(at, place.cluster) })),
  );
}

/** The configuration of a process that watches them. */
export function watchingConfig(three: ThreeMembers, without: readonly string[] = []): object {
  const list = PLACES.filter(({ cluster }) => !without.includes(cluster)).map(({ cluster }) => ({
    name: cluster,
    kubeconfig: clusterOf(three, cluster).kubeconfigPath,
    allow: ['127.0.1.0/24'],
  }));
  return {
    federation: { name: 'fed', domain: 'example.com', ttlSeconds: 5 },
    members: { list, select: 'load-balancers', lostGraceSeconds: LOST_GRACE_MS / 1000 },
  };
}

/** Of `withdraw`; the default is 30 s, and no story waits so long for it. */
export const LOST_GRACE_MS = 5000;

/** All load balancers of a cluster, of all services. */
export async function setAddresses(
  { plane, services }: ThreeMembers,
  clusters: readonly string[],
  to: 'open' | 'closed',
): Promise<void> {
  const addresses = services.flatMap((_, at) => clusters.map((name) => addressOf(at, name)));
  await Promise.all(
    addresses.map((address) => (to === 'open' ? plane.open(address) : plane.close(address))),
  );
}

/** Does what turns the truth: until it is done and `allowedMs` more, both states are right. */
export async function turning<T>(
  truths: readonly GroundTruth[],
  turn: Turn,
  action: () => Promise<T>,
): Promise<T> {
  const turns = truths.map((truth) => truth.turn(turn));
  const result = await action();
  for (const each of turns) each.done();
  return result;
}

function addressOf(serviceIndex: number, cluster: string): string {
  const at = PLACES.findIndex((place) => place.cluster === cluster);
  return `127.0.1.${10 * (serviceIndex + 1) + at + 1}`;
}
