/**
 * A real host with KubeFedCluster objects and a real member: joined by `kubectl apply`, its token
 * rotated, left by `kubectl delete`; seen in the answers of a server that may read just that.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Clusters, type KubernetesCluster, startClusters } from '../lab/kubernetes.ts';
import type { RunningProcess } from '../lab/process.ts';
import {
  ends,
  fedns,
  makePlace,
  type Place,
  startServe,
  until,
} from '../scenario/running-fedns.ts';

const DEPLOY = join(import.meta.dirname, '../../deploy');
const NAMESPACE = 'kube-federation-system';
const NAME = 'web.default.fed.svc.a.west.example.com';

let clusters: Clusters;
let place: Place;
let serve: RunningProcess;

function cluster(name: string): KubernetesCluster {
  const found = clusters.clusters.get(name);
  if (found === undefined) throw new Error(`no cluster ${name}`);
  return found;
}

const text = (path: string) => readFileSync(join(DEPLOY, path), 'utf8');
const apply = (name: string, manifest: string) =>
  cluster(name).kubectl(['apply', '-f', '-'], manifest);

async function answers(want: string): Promise<number> {
  const started = performance.now();
  let last = '';
  const isSo = await until(async () => {
    last = await ends(place.port, NAME);
    return last === want;
  }, 20_000);
  if (!isSo) throw new Error(`${last}, wanted ${want}; log ends ${serve.log().slice(-3000)}`);
  return (performance.now() - started) / 1000;
}

/** A token of an account that may read what a member is asked for. */
async function memberToken(account: string): Promise<string> {
  const path = await cluster('west').kubeconfigFor({
    serviceAccount: account,
    namespace: 'fedns-test',
    rules: text('member/cluster-role.yaml'),
  });
  return parse(readFileSync(path, 'utf8')).users[0].user.token;
}

function secret(token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'west', namespace: NAMESPACE },
    stringData: { token },
  });
}

function kubefedCluster(spec: object = {}): string {
  const config = parse(readFileSync(cluster('west').kubeconfigPath, 'utf8'));
  return JSON.stringify({
    apiVersion: 'core.kubefed.io/v1beta1',
    kind: 'KubeFedCluster',
    metadata: { name: 'west', namespace: NAMESPACE },
    spec: {
      apiEndpoint: cluster('west').server,
      caBundle: config.clusters[0].cluster['certificate-authority-data'],
      secretRef: { name: 'west' },
      ...spec,
    },
  });
}

beforeAll(async () => {
  clusters = await startClusters(['host', 'west']);
  const west = cluster('west');
  await west.addNode('n1', { region: 'west', zone: 'a' });
  await west.deployService({ name: 'web', replicas: 1, addresses: ['192.0.2.1'] });
  await apply('host', text('crds/kubefedclusters.yaml'));
  await apply('host', text('member/host-role.yaml'));
  const established = ['wait', '--for=condition=Established', '--timeout=30s'];
  await cluster('host').kubectl([...established, 'crd/kubefedclusters.core.kubefed.io']);
  const kubeconfig = await cluster('host').kubeconfigFor({
    serviceAccount: 'fedns',
    namespace: NAMESPACE,
  });
  place = await makePlace({
    more: {
      federation: { name: 'fed', domain: 'example.com' },
      members: { host: { kubeconfig }, select: 'load-balancers' },
    },
  });
  serve = await startServe(place);
}, 180_000);

afterAll(async () => {
  await serve?.stop();
  await clusters?.stop();
});

it('joined by kubectl apply', async () => {
  expect(await ends(place.port, NAME)).toBe('NXDOMAIN');
  await apply('host', secret(await memberToken('first')));
  await apply('host', kubefedCluster());
  const seconds = await answers('192.0.2.1');
  process.stdout.write(`joined: ${seconds.toFixed(1)} s\n`);
  const checked = await fedns(place, ['members', 'check']);
  expect(checked).toMatchObject({ code: 0, stderr: '' });
  expect(checked.stdout).toMatch(/^west {2}https:.*\n.*\n {2}services: get, list, watch/);
}, 60_000);

/** `status reason message` of our condition on the object in the host. */
function watched(): Promise<string> {
  const ours = '@.type=="fedns.io/Watched"';
  const path = `{range .status.conditions[?(${ours})]}{.status} {.reason} {.message}{end}`;
  const args = ['get', 'kubefedcluster', 'west', '-n', NAMESPACE, `-o=jsonpath=${path}`];
  return cluster('host').kubectl(args);
}

async function isWatched(what: RegExp): Promise<void> {
  let last = '';
  const isSo = await until(async () => {
    last = await watched();
    return what.test(last);
  }, 20_000);
  expect(isSo, `${last}; log ends ${serve.log().slice(-2000)}`).toBe(true);
}

it('its object bears a condition beside those of others, put back where it was taken', async () => {
  await isWatched(/^True Fresh watched, and its API answers$/);
  const host = cluster('host');
  const at = ['kubefedcluster', 'west', '-n', NAMESPACE];
  const time = '2026-01-01T00:00:00Z';
  const ready = { type: 'Ready', status: 'True', lastProbeTime: time, lastTransitionTime: time };
  const status = JSON.stringify({ status: { conditions: [ready], region: 'west' } });
  // As KubeFed writes it: whole.
  await host.kubectl(['patch', ...at, '--subresource=status', '--type=merge', '-p', status]);
  expect(await watched()).toBe('');
  await serve.stop();
  serve = await startServe(place);
  await isWatched(/^True Fresh /);
  const [read] = JSON.parse(await host.kubectl(['get', ...at, '-o=jsonpath=[{.status}]']));
  expect(read).toMatchObject({ region: 'west', conditions: [ready, { type: 'fedns.io/Watched' }] });
}, 60_000);

it('what concerns owners is said in Events, where the optional role lets us', async () => {
  const reasons = async (of: string, namespace: string) => {
    const path =
      '-o=jsonpath={range .items[*]}{.reason} {.regarding.kind}/{.regarding.name} {.note}{"\\n"}{end}';
    return cluster(of).kubectl(['get', 'events.events.k8s.io', '-n', namespace, path]);
  };
  const isSaid = async (of: string, namespace: string, what: RegExp) => {
    let last = '';
    const isSo = await until(async () => {
      last = await reasons(of, namespace);
      return what.test(last);
    }, 20_000);
    expect(isSo, last).toBe(true);
  };
  await isSaid('host', NAMESPACE, /MemberFresh KubeFedCluster\/west /);
  // In the member nobody has allowed it yet: nothing is said there, and nothing is the worse for it.
  const annotate = (ttl: string) =>
    cluster('west').kubectl(['annotate', '--overwrite', 'service', 'web', `fedns.io/ttl=${ttl}`]);
  await apply('west', text('member/events-role.yaml'));
  const binding = ['--clusterrole=fedns-events', '--serviceaccount=fedns-test:first'];
  await cluster('west').kubectl(['create', 'clusterrolebinding', 'events', ...binding]);
  await annotate('never');
  await isSaid(
    'west',
    'default',
    /ReadInPart Service\/web annotation fedns.io\/ttl: "never" is not/,
  );
  await annotate('5');
}, 60_000);

it('rotated: the old token is worth nothing, and the member is followed on', async () => {
  const isSo = (what: (seen: { isSynced: boolean; apiForSeconds: number }) => boolean) => {
    return until(async () => {
      const { stdout } = await fedns(place, ['members', 'list', '-o', 'json']);
      const [seen] = JSON.parse(stdout);
      return seen !== undefined && what(seen);
    }, 20_000);
  };
  expect(await isSo(({ apiForSeconds }) => apiForSeconds > 5)).toBe(true);
  await apply('host', secret(await memberToken('second')));
  // Another token is another start.
  expect(await isSo(({ isSynced, apiForSeconds }) => isSynced && apiForSeconds < 5)).toBe(true);
  await cluster('west').kubectl(['delete', 'serviceaccount', 'first', '-n', 'fedns-test']);
  await cluster('west').deployService({ name: 'web', replicas: 1, addresses: ['192.0.2.2'] });
  const seconds = await answers('192.0.2.2');
  process.stdout.write(`followed after the rotation: ${seconds.toFixed(1)} s\n`);
}, 60_000);

it('malformed: told, and its access stays; after a restart of ours, what it said', async () => {
  // The API server refuses most of what is wrong; not this.
  await apply('host', kubefedCluster({ proxyURL: 'http://[2001:db8::1' }));
  const why = 'spec.proxyURL: is no http, https or socks5 URL: the access it had stays';
  expect(await until(() => Promise.resolve(serve.log().includes(why)), 10_000)).toBe(true);
  await isWatched(/^True AccessKept spec.proxyURL: is no http, https or socks5 URL: the access/);
  await cluster('west').deployService({ name: 'web', replicas: 1, addresses: ['192.0.2.3'] });
  await answers('192.0.2.3');
  await serve.kill9();
  serve = await startServe(place);
  const whyNow = 'socks5 URL: it cannot be read';
  expect(await until(() => Promise.resolve(serve.log().includes(whyNow)), 10_000)).toBe(true);
  await isWatched(/^False AccessUnusable spec.proxyURL: .*: it cannot be read$/);
  expect(await ends(place.port, NAME)).toBe('192.0.2.3');
  await cluster('west').deployService({ name: 'web', replicas: 1, addresses: ['192.0.2.4'] });
  await apply('host', kubefedCluster());
  await answers('192.0.2.4');
}, 60_000);

it('restarted with the host away: what is known is answered on, and probed', async () => {
  await cluster('host').apiserver.kill9();
  await serve.kill9();
  serve = await startServe(place);
  expect(await ends(place.port, NAME)).toBe('192.0.2.4');
  await new Promise((resolve) => setTimeout(resolve, 8000));
  expect(await ends(place.port, NAME)).toBe('192.0.2.4');
  const { stdout } = await fedns(place, ['members', 'list']);
  expect(stdout).toContain('no access to it is known');
  await cluster('host').restartApi();
  let last = '';
  const isBack = await until(async () => {
    last = (await fedns(place, ['members', 'list'])).stdout;
    return /west +fresh/.test(last);
  }, 60_000);
  expect(isBack, last + serve.log().slice(-3000)).toBe(true);
}, 120_000);

it('left by kubectl delete: its records go with it', async () => {
  await cluster('host').kubectl(['delete', 'kubefedcluster', 'west', '-n', NAMESPACE]);
  const seconds = await answers('NXDOMAIN');
  process.stdout.write(`left: ${seconds.toFixed(1)} s\n`);
}, 60_000);
