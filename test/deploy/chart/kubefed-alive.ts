/**
 * KubeFed 0.10 itself, at work: its own chart installed by Helm, its webhook and its controllers as
 * processes (no image of it is to be had), clusters registered as its `join` left them on Kubernetes
 * before 1.24, where every account had a Secret.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { textAt, textMapAt } from '../../../src/api/untyped.ts';
import { eventually } from '../../controllers/eventually.ts';
import { ensure } from '../../lab/components.ts';
import { freePort } from '../../lab/free-port.ts';
import { type RunningProcess, startProcess, temporaryFolder } from '../../lab/process.ts';
import { type HostWithPods, NAMESPACE } from '../host-with-pods.ts';

const SERVICE = 'kubefed-admission-webhook';

export interface KubefedAlive {
  /** Its controllers, begun or gone on with; resolves at once. */
  startControllers(): Promise<RunningProcess>;
  /** Its webhook stands in for the pod of its Service until it is stopped. */
  startWebhook(): Promise<void>;
  stopWebhook(): Promise<void>;
  /** Its chart makes new certificates each time, which the webhook needs in the middle of it. */
  byHelm(change: () => Promise<string>): Promise<string>;
  stop(): Promise<void>;
}

export async function installKubefed(on: HostWithPods): Promise<KubefedAlive> {
  const { programs } = await ensure('kubefed');
  const folder = temporaryFolder('kubefed');
  const running: RunningProcess[] = [];
  const start = (name: string, args: readonly string[]) => {
    const started = startProcess({
      name,
      command: programs['hyperfed'] ?? '',
      args: [name, '--kubeconfig', on.host.kubeconfigPath, ...args],
      logFolder: folder,
    });
    running.push(started);
    return started;
  };
  let webhook: RunningProcess | undefined;
  const certificates = join(folder, 'certificates');
  mkdirSync(certificates);
  /** As a kubelet mounts them; the webhook reads them anew when they change. */
  const writeCertificates = async () => {
    const secret = await on.get('host', 'secret', `${SERVICE}-serving-cert`, '-n', NAMESPACE);
    for (const [file, text] of textMapAt(secret, 'data')) {
      const bytes = Buffer.from(text, 'base64');
      const path = join(certificates, file);
      if (!existsSync(path) || !readFileSync(path).equals(bytes)) writeFileSync(path, bytes);
    }
  };
  const alive: KubefedAlive = {
    startControllers: async () =>
      start('controller-manager', [
        ...['--kubefed-namespace', NAMESPACE],
        ...['--metrics-addr', `127.0.0.1:${await freePort()}`],
        ...['--healthz-addr', `127.0.0.1:${await freePort()}`, '--v=2'],
      ]),
    async startWebhook() {
      const port = await freePort();
      await eventually(writeCertificates, () => true);
      webhook = start('webhook', ['--secure-port', `${port}`, '--cert-dir', certificates]);
      on.runner.standIns.set(SERVICE, { host: '127.0.0.1', port });
    },
    async stopWebhook() {
      on.runner.standIns.delete(SERVICE);
      await webhook?.stop();
    },
    async byHelm(change) {
      const done = new AbortController();
      const refreshing = (async () => {
        while (!done.signal.aborted) {
          await writeCertificates().catch(() => undefined);
          await sleep(100);
        }
      })();
      try {
        return await eventually(change, () => true, 180_000);
      } finally {
        done.abort();
        await refreshing;
      }
    },
    async stop() {
      for (const one of running) await one.stop();
    },
  };
  // What it checks at admission comes with what it checks by: the first try may be too early for it.
  const chart = ['upgrade', '-i', 'kubefed', programs['chart'] ?? '', '--create-namespace'];
  const quick = ['--set', 'controllermanager.clusterHealthCheckPeriod=2s'];
  const install = () => on.helm(...chart, '--no-hooks', ...quick);
  await install().catch(() => undefined);
  await alive.startWebhook();
  await alive.byHelm(install);
  return alive;
}

/** As `kubefedctl join` of 0.10 leaves a member and the host. */
export async function joinAsKubefed(on: HostWithPods, name: string): Promise<void> {
  const member = on.member(name);
  const account = `${name}-host`;
  const rbac = 'rbac.authorization.k8s.io';
  const role = `kubefed-controller-manager:${account}`;
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account, namespace: NAMESPACE } },
    {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/service-account-token' },
      metadata: {
        name: `${account}-token`,
        namespace: NAMESPACE,
        annotations: { 'kubernetes.io/service-account.name': account },
      },
    },
    {
      ...{ apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name: role } },
      rules: [
        { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
        { nonResourceURLs: ['/healthz'], verbs: ['get'] },
      ],
    },
    {
      ...{ apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata: { name: role } },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace: NAMESPACE }],
    },
  ];
  await member.kubectl(['apply', '-f', '-'], documents(objects));
  const secret = await eventually(
    () => on.get(name, 'secret', `${account}-token`, '-n', NAMESPACE),
    (found) => textAt(found, 'data', 'token') !== undefined,
  );
  const [token, authority] = ['token', 'ca.crt'].map((key) => textAt(secret, 'data', key));
  const secretRef = { name: `${name}-token` };
  await on.apply(
    {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { ...secretRef, namespace: NAMESPACE } },
      data: { token, 'ca.crt': authority },
    },
    {
      apiVersion: 'core.kubefed.io/v1beta1',
      kind: 'KubeFedCluster',
      metadata: { name, namespace: NAMESPACE },
      spec: { apiEndpoint: member.server, caBundle: authority, secretRef },
    },
  );
}

function documents(objects: readonly object[]): string {
  return objects.map((object) => JSON.stringify(object)).join('\n---\n');
}
