/**
 * One pod of the lab as a local process: its first container's command with its environment, its
 * ConfigMaps and Secrets as files, and a token of its service account. What it mounts lies in a
 * folder of its own, and what it listens on is a loopback address of its own, so paths and `*:PORT` are
 * rewritten in arguments, environment and mounted texts; nothing else is.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listAt, textAt, textMapAt, valueAt } from '../../src/api/untyped.ts';
import type { ApiClient } from '../../src/kubernetes/api-client.ts';
import { type RunningProcess, startProcess } from './process.ts';

const LAUNCHER = fileURLToPath(new URL('../../src/launch.js', import.meta.url));

/** As deploy/image/Dockerfile sets them. */
const IMAGE_ENVIRONMENT = {
  FEDNS_STORE_FOLDER: '/var/lib/fedns',
  FEDNS_ADMIN_LISTEN: '*:9153',
  FEDNS_LISTEN: '*:1053',
};

export interface PodPlace {
  readonly client: ApiClient;
  /** https://HOST:PORT of the API server. */
  readonly server: string;
  readonly authority: string;
  readonly folder: string;
  /** Loopback address, this pod's alone. */
  readonly address: string;
}

export async function startPodProcess(pod: unknown, place: PodPlace): Promise<RunningProcess> {
  const container = containerOf(pod);
  const mounts = await writeVolumes(pod, container, place);
  const rewritten = (text: string) => {
    let result = text.replaceAll('*:', `${place.address}:`);
    for (const [path, folder] of mounts) result = result.replaceAll(path, folder);
    return result;
  };
  const account = await writeAccount(pod, place);
  const { hostname, port } = new URL(place.server);
  const said = listAt(container, 'env').map((one) => [
    textAt(one, 'name') ?? '',
    textAt(one, 'value') ?? '',
  ]);
  const environment = { ...IMAGE_ENVIRONMENT, ...Object.fromEntries(said) };
  const env: Record<string, string> = {
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
    KUBERNETES_ACCOUNT_FOLDER: account,
    KUBECONFIG: '/dev/null',
  };
  for (const [name, value] of Object.entries(environment)) env[name] = rewritten(String(value));
  const [program, ...more] = listAt(container, 'command').map(String);
  if (program !== undefined && program !== 'fedns') throw new Error(`no image has ${program}`);
  return startProcess({
    name: 'process',
    command: process.execPath,
    args: [LAUNCHER, ...more, ...listAt(container, 'args').map((one) => rewritten(String(one)))],
    env,
    logFolder: place.folder,
    cwd: place.folder,
  });
}

/** Whether the probe of this name finds it well; without such a probe it is. */
export async function probePod(
  pod: unknown,
  address: string,
  name: 'readinessProbe' | 'livenessProbe',
): Promise<boolean> {
  const asked = valueAt(containerOf(pod), name, 'httpGet');
  if (asked === undefined) return true;
  const options = {
    ...{ host: address, port: Number(valueAt(asked, 'port')), path: textAt(asked, 'path') },
    ...{ timeout: 2000, rejectUnauthorized: false, agent: false as const },
  };
  const ask = textAt(asked, 'scheme') === 'HTTPS' ? httpsRequest : httpRequest;
  return await new Promise((resolve) => {
    const sent = ask(options, (response) => {
      response.resume();
      const { statusCode = 0 } = response;
      resolve(statusCode >= 200 && statusCode < 400);
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(false));
    sent.end();
  });
}

export function containerOf(pod: unknown): unknown {
  return listAt(pod, 'spec', 'containers')[0];
}

/** Mount path -> folder that stands for it. */
async function writeVolumes(
  pod: unknown,
  container: unknown,
  { client, folder, address }: PodPlace,
): Promise<ReadonlyMap<string, string>> {
  const namespace = textAt(pod, 'metadata', 'namespace') ?? '';
  const mounts = new Map<string, string>([
    [IMAGE_ENVIRONMENT.FEDNS_STORE_FOLDER, join(folder, 'var-lib-fedns')],
  ]);
  for (const mount of listAt(container, 'volumeMounts')) {
    const name = textAt(mount, 'name') ?? '';
    if (name.startsWith('kube-api-access')) continue;
    mounts.set(textAt(mount, 'mountPath') ?? '', join(folder, name));
  }
  for (const path of mounts.values()) mkdirSync(path, { recursive: true });
  for (const volume of listAt(pod, 'spec', 'volumes')) {
    const configMap = textAt(volume, 'configMap', 'name');
    const secret = textAt(volume, 'secret', 'secretName');
    const path = `/api/v1/namespaces/${namespace}`;
    const within = join(folder, textAt(volume, 'name') ?? '');
    if (configMap !== undefined) {
      const data = textMapAt(await client.get(`${path}/configmaps/${configMap}`), 'data');
      for (const [file, text] of data) {
        let rewritten = text.replaceAll('*:', `${address}:`);
        for (const [mounted, real] of mounts) rewritten = rewritten.replaceAll(mounted, real);
        writeFileSync(join(within, file), rewritten);
      }
    } else if (secret !== undefined) {
      const data = textMapAt(await client.get(`${path}/secrets/${secret}`), 'data');
      for (const [file, text] of data)
        writeFileSync(join(within, file), Buffer.from(text, 'base64'));
    }
  }
  return mounts;
}

/** The folder that a kubelet would mount: a token for the pod's account, and the authority. */
async function writeAccount(
  pod: unknown,
  { client, folder, authority }: PodPlace,
): Promise<string> {
  const namespace = textAt(pod, 'metadata', 'namespace') ?? '';
  const account = textAt(pod, 'spec', 'serviceAccountName') ?? 'default';
  const [name, uid] = [textAt(pod, 'metadata', 'name'), textAt(pod, 'metadata', 'uid')];
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name, uid };
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const granted = await client.post(path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3600, boundObjectRef },
  });
  const within = join(folder, 'account');
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(within, file)), { recursive: true });
    writeFileSync(join(within, file), text, { mode: 0o600 });
  };
  write('token', textAt(granted, 'status', 'token') ?? '');
  write('ca.crt', authority);
  write('namespace', namespace);
  return within;
}
