/**
 * A host cluster of the lab with KubeFed's kinds and deploy/webhook, reached on loopback: API
 * servers there know no Services, so each clientConfig is a URL; all else is as shipped.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { freePort } from '../lab/free-port.ts';
import { type RunningProcess, startProcess, temporaryFolder } from '../lab/process.ts';
import { DEPLOY } from './admission-table.ts';
import { type HostWithKinds, NAMESPACE, refusal, startHostWithKinds } from './host-with-kinds.ts';

const LAUNCHER = fileURLToPath(new URL('../../src/launch.js', import.meta.url));
const WEBHOOK = join(DEPLOY, 'webhook');

/** As configurations.yaml and fedns.yaml have it. */
export const CONTROLLER = 'system:serviceaccount:kube-federation-system:fedns';

export interface HostWithWebhook extends HostWithKinds {
  readonly port: number;
  /** A configuration file of the shipped account. */
  readonly config: string;
  /** Resolves once it listens. */
  startWebhook(args?: readonly string[]): Promise<RunningProcess>;
  /** Until the API server asks it, and trusts it. */
  whenAsked(): Promise<void>;
}

export async function startHostWithWebhook(): Promise<HostWithWebhook> {
  const kinds = await startHostWithKinds();
  const { host, kubectl } = kinds;
  const port = await freePort();
  await kubectl([
    'apply',
    '-f',
    join(WEBHOOK, 'account.yaml'),
    '-f',
    join(WEBHOOK, 'service.yaml'),
  ]);
  await kubectl(['apply', '-f', '-'], configurationsAt(port));
  const account = { serviceAccount: 'fedns-webhook', namespace: NAMESPACE };
  const kubeconfig = await host.kubeconfigFor(account);
  const folder = temporaryFolder('webhook');
  const config = join(folder, 'fedns.yaml');
  const settings = {
    controlPlane: { host: { kubeconfig, namespace: NAMESPACE } },
    webhook: { listen: `127.0.0.1:${port}`, names: ['127.0.0.1'], accounts: [CONTROLLER] },
    admin: { listen: 'none' },
  };
  writeFileSync(config, JSON.stringify(settings));
  return {
    ...kinds,
    port,
    config,
    async startWebhook(args = []) {
      const running = startProcess({
        name: 'webhook',
        command: process.execPath,
        args: [LAUNCHER, 'webhook', '--config', config, ...args],
        logFolder: folder,
      });
      await until(() => running.log().includes('fedns webhook listens') || !running.alive());
      if (!running.alive()) throw new Error(`no webhook: ${running.log()}`);
      return running;
    },
    async whenAsked() {
      const asks = async () => {
        const args = ['create', '--dry-run=server', '-f', '-'];
        const said = await refusal(
          kubectl(args, JSON.stringify(clusterOf('probe', 'east..example'))),
        );
        return said?.includes('its host is no name') === true;
      };
      await until(asks);
    },
  };
}

export const clusterOf = (name: string, apiEndpoint: string) => ({
  apiVersion: 'core.kubefed.io/v1beta1',
  kind: 'KubeFedCluster',
  metadata: { name, namespace: NAMESPACE },
  spec: { apiEndpoint, secretRef: { name } },
});

export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('not within 30 s');
    await sleep(50);
  }
}

interface Configuration {
  readonly webhooks: { clientConfig: { service?: { path: string }; url?: string } }[];
}

function configurationsAt(port: number): string {
  const text = readFileSync(join(WEBHOOK, 'configurations.yaml'), 'utf8');
  const objects = parseAllDocuments(text).map((document): Configuration => document.toJS());
  for (const { webhooks } of objects) {
    for (const webhook of webhooks) {
      const path = webhook.clientConfig.service?.path ?? '';
      webhook.clientConfig = { url: `https://127.0.0.1:${port}${path}` };
    }
  }
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
}
