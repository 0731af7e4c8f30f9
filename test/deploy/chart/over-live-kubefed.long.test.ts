/**
 * An upgrade over KubeFed 0.10 at work, and the way back: what it federated is taken over as it
 * stands, in no member a copy is made anew or changed, and ours write nothing before its controllers end.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAt, textAt, textMapAt, valueAt } from '../../../src/api/untyped.ts';
import { eventually } from '../../controllers/eventually.ts';
import type { RunningProcess } from '../../lab/process.ts';
import { type HostWithPods, NAMESPACE, startHostWithPods } from '../host-with-pods.ts';
import { installKubefed, joinAsKubefed, type KubefedAlive } from './kubefed-alive.ts';

const LONG_MS = 1_800_000;
const MEMBERS = ['cluster1', 'cluster2'] as const;
const COPIES = ['namespace/shop', 'deployment/web', 'configmap/settings', 'service/web'] as const;

/** A namespace has no template. */
const HASHES = /^([0-9a-f]{32})? [0-9a-f]{32}$/;

let on: HostWithPods;
let kubefed: KubefedAlive;
let controllers: RunningProcess;
/** KubeFed's own, as releases name it. */
let chart = '';
let before: Awaited<ReturnType<typeof seen>>;

beforeAll(async () => {
  on = await startHostWithPods(MEMBERS);
}, LONG_MS);
afterAll(async () => {
  await kubefed?.stop();
  await on?.stop();
});

/** Of each copy: who it is, and which generation; of the host: what must stay. */
async function seen() {
  const copies: Record<string, string> = {};
  for (const member of MEMBERS) {
    for (const copy of COPIES) {
      const found = await on.get(member, copy, '-n', 'shop');
      const uid = textAt(found, 'metadata', 'uid');
      copies[`${member} ${copy}`] = `${uid} ${valueAt(found, 'metadata', 'generation')}`;
    }
  }
  const definitions = listAt(await on.get('host', 'crd'), 'items');
  const configs = listAt(await on.get('host', 'federatedtypeconfigs', '-n', NAMESPACE), 'items');
  const versions = listAt(await on.get('host', 'propagatedversions', '-n', 'shop'), 'items');
  return {
    copies,
    /** Of template and overrides: by which KubeFed knows that nothing is to be written. */
    hashes: Object.fromEntries(
      versions.map((one) => {
        const hash = (field: string) => textAt(one, 'status', field);
        const name = textAt(one, 'metadata', 'name') ?? '';
        return [name, `${hash('templateVersion')} ${hash('overridesVersion')}`];
      }),
    ),
    definitions: new Map(
      definitions.map((one) => [textAt(one, 'metadata', 'name'), textAt(one, 'metadata', 'uid')]),
    ),
    configs: new Map(configs.map((one) => [textAt(one, 'metadata', 'name'), valueAt(one, 'spec')])),
  };
}

const federated = (kind: string, name: string, spec: object) => ({
  apiVersion: 'types.kubefed.io/v1beta1',
  kind,
  metadata: { name, namespace: 'shop' },
  spec: { placement: { clusters: MEMBERS.map((one) => ({ name: one })) }, ...spec },
});

interface Release {
  readonly revision: number;
  readonly chart: string;
}

const releases = async (): Promise<readonly Release[]> =>
  JSON.parse(await on.helm('history', 'kubefed', '-o', 'json'));

const labels = { app: 'web' };

async function replicasIn(member: string): Promise<unknown> {
  return valueAt(await on.get(member, 'deployment', 'web', '-n', 'shop'), 'spec', 'replicas');
}

const statusOf = async (what: string) =>
  JSON.stringify(valueAt(await on.get('host', what, '-n', 'shop'), 'status'));

describe('over KubeFed 0.10 at work', () => {
  it(
    'it federates as it always did',
    async () => {
      kubefed = await installKubefed(on);
      controllers = await kubefed.startControllers();
      for (const member of MEMBERS) await joinAsKubefed(on, member);
      await on.apply(
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
        federated('FederatedNamespace', 'shop', {}),
        federated('FederatedConfigMap', 'settings', { template: { data: { colour: 'blue' } } }),
        federated('FederatedConfigMap', 'going', { template: { data: { colour: 'red' } } }),
        federated('FederatedService', 'web', {
          template: { spec: { selector: labels, ports: [{ port: 80 }] } },
        }),
        federated('FederatedDeployment', 'web', {
          template: {
            metadata: { labels },
            spec: {
              replicas: 1,
              selector: { matchLabels: labels },
              template: {
                metadata: { labels },
                spec: { containers: [{ name: 'main', image: 'web:1' }] },
              },
            },
          },
          overrides: [
            {
              clusterName: 'cluster2',
              clusterOverrides: [{ path: '/spec/replicas', value: 3 }],
            },
          ],
        }),
      );
      await eventually(
        () => Promise.all(MEMBERS.map(replicasIn)),
        ([first, second]) => first === 1 && second === 3,
        120_000,
      );
      await eventually(
        () => statusOf('federatedservice/web'),
        (status) => status.includes('"status":"True"'),
        60_000,
      );
      await eventually(
        () => statusOf('federatedconfigmap/going'),
        (status) => status.includes('"status":"True"'),
        60_000,
      );
      before = await seen();
      expect(Object.keys(before.hashes).sort()).toEqual([
        'configmap-going',
        'configmap-settings',
        'deployment-web',
        'namespace-shop',
        'service-web',
      ]);
      for (const said of Object.values(before.hashes)) expect(said).toMatch(HASHES);
      chart = (await releases()).at(-1)?.chart ?? '';
    },
    LONG_MS,
  );

  it(
    'while it runs, install refuses and says who runs',
    async () => {
      const ran = await on.fedns('install', '--host-cluster-context', 'host');
      expect(ran.code).not.toBe(0);
      expect(ran.stderr).toContain("KubeFed's own lock is held by");
    },
    LONG_MS,
  );

  it(
    'upgraded while its controllers still hold their lock, nothing of ours writes',
    async () => {
      await kubefed.stopWebhook();
      await on.upgrade('kubefed-0.10.yaml');
      const waits = () => [...on.runner.logs().values()].join('\n');
      await eventually(
        async () => waits(),
        (logs) => logs.includes("KubeFed's own lock is held by"),
        60_000,
      );
      const marked = await on.get('cluster1', 'deployment', 'web', '-n', 'shop');
      expect(textMapAt(marked, 'metadata', 'annotations').get('fedns.io/owner')).toBeUndefined();
    },
    LONG_MS,
  );

  it(
    'once they ended, everything is taken over as it stands',
    async () => {
      await controllers.stop();
      for (const member of MEMBERS) {
        for (const copy of COPIES) {
          await eventually(
            () => on.get(member, copy, '-n', 'shop'),
            // A mark alone would be a new generation of a Deployment: it comes with the next change.
            (found) =>
              copy.startsWith('deployment') ||
              textMapAt(found, 'metadata', 'annotations').has('fedns.io/owner'),
            120_000,
          );
        }
      }
      const after = await seen();
      expect(after.copies).toEqual(before.copies);
      for (const [name, uid] of before.definitions) expect(after.definitions.get(name)).toBe(uid);
      for (const [name, spec] of before.configs) expect(after.configs.get(name)).toEqual(spec);
      for (const what of ['federateddeployment/web', 'federatedconfigmap/settings']) {
        await eventually(
          () => statusOf(what),
          (status) => status.includes('"status":"True"'),
          60_000,
        );
      }
      const record = await on.get('host', 'propagatedversion', 'deployment-web', '-n', 'shop');
      const versions = listAt(record, 'status', 'clusterVersions');
      expect(versions.map((one) => textAt(one, 'clusterName'))).toEqual([...MEMBERS]);
      expect((await seen()).hashes).toEqual(before.hashes);
    },
    LONG_MS,
  );

  it(
    'what it made and held by its finalizer is deleted by ours, with its copies',
    async () => {
      const going = ['federatedconfigmap', 'going', '-n', 'shop'] as const;
      const { finalizers } = Object(valueAt(await on.get('host', ...going), 'metadata'));
      expect(finalizers).toEqual(['kubefed.io/sync-controller']);
      await on.host.kubectl(['delete', ...going, '--timeout=60s']);
      for (const member of MEMBERS) {
        const left = await on.member(member).kubectl(['get', 'configmaps', '-n', 'shop']);
        expect(left).toContain('settings');
        expect(left).not.toContain('going');
      }
      await eventually(
        () => on.host.kubectl(['get', 'propagatedversions', '-n', 'shop']),
        (versions) => !versions.includes('configmap-going'),
        60_000,
      );
    },
    LONG_MS,
  );

  it(
    'an edit then reaches the members, by ours',
    async () => {
      const patch = '{"spec":{"template":{"spec":{"replicas":2}}}}';
      await on.host.kubectl([
        ...['patch', 'federateddeployment', 'web', '-n', 'shop'],
        ...['--type=merge', '-p', patch],
      ]);
      await eventually(
        () => Promise.all(MEMBERS.map(replicasIn)),
        ([first, second]) => first === 2 && second === 3,
        60_000,
      );
      before = await seen();
    },
    LONG_MS,
  );

  it(
    'the way back: KubeFed goes on with the same copies',
    async () => {
      const deployment = 'deployment/kubefed-controller-manager';
      await on.host.kubectl(['scale', deployment, '-n', NAMESPACE, '--replicas=0']);
      await eventually(
        async () => on.runner.running(),
        (names) => !names.some((name) => name.startsWith('kubefed-controller-manager')),
        60_000,
      );
      const of = (await releases()).filter((one) => one.chart === chart).at(-1);
      const rollback = ['rollback', 'kubefed', `${of?.revision}`, '--no-hooks'];
      // The first brings back what its webhook needs, which the next are checked by.
      const again = () => on.helm(...rollback, '--force-conflicts');
      await again().catch(() => undefined);
      await kubefed.startWebhook();
      await kubefed.byHelm(again);
      await kubefed.startControllers();
      const patch = '{"spec":{"template":{"spec":{"replicas":4}}}}';
      await on.host.kubectl([
        ...['patch', 'federateddeployment', 'web', '-n', 'shop'],
        ...['--type=merge', '-p', patch],
      ]);
      await eventually(
        () => Promise.all(MEMBERS.map(replicasIn)),
        ([first, second]) => first === 4 && second === 3,
        120_000,
      );
      const after = await seen();
      const uids = (copies: Record<string, string>) =>
        Object.entries(copies).map(([name, text]) => `${name} ${text.split(' ')[0]}`);
      expect(uids(after.copies)).toEqual(uids(before.copies));
    },
    LONG_MS,
  );
});
