/**
 * One pod of the lab as a local process: its first container's command with its environment, its
 * volumes as folders, and a token of its service account. What it mounts lies in a folder of its own
 * (pod-volumes.ts), what it listens on is a loopback address of its own, and Services have one each
 * (service-fronts.ts), so paths, its own addresses and names of Services are rewritten in arguments,
 * environment and mounted ConfigMaps; nothing else is.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listAt, textAt, valueAt } from '../../src/api/untyped.ts';
import { fillVolumes, mountFolders, type VolumePlace } from './pod-volumes.ts';
import { type RunningProcess, startProcess } from './process.ts';

const LAUNCHER = fileURLToPath(new URL('../../src/launch.js', import.meta.url));

/** A container image, as far as it matters here. */
export interface PodImage {
  /** Images of pods begin so. */
  readonly prefix: string;
  /** Its one program: the word for it in a container's command, and what is started. */
  readonly program: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Paths that are writable without a volume. */
  readonly folders: readonly string[];
  /** How the program says the addresses of its own pod, before `:PORT`. */
  readonly ownAddresses: readonly string[];
}

/** As deploy/image/Dockerfile makes it. */
export const FEDNS_IMAGE: PodImage = {
  prefix: 'fedns:',
  program: 'fedns',
  command: process.execPath,
  args: [LAUNCHER],
  environment: {
    FEDNS_STORE_FOLDER: '/var/lib/fedns',
    FEDNS_ADMIN_LISTEN: '*:9153',
    FEDNS_LISTEN: '*:1053',
  },
  folders: ['/var/lib/fedns'],
  ownAddresses: ['*'],
};

/** The registry's etcd, played by that of the lab. */
export function etcdImage(program: string): PodImage {
  return {
    prefix: 'registry.k8s.io/etcd:',
    program: 'etcd',
    command: program,
    args: [],
    environment: {},
    folders: [],
    ownAddresses: ['0.0.0.0', '127.0.0.1'],
  };
}

export interface PodPlace extends VolumePlace {
  /** https://HOST:PORT of the API server. */
  readonly server: string;
  readonly authority: string;
  /** Loopback address, this pod's alone. */
  readonly address: string;
  readonly image: PodImage;
  /** Puts addresses for the names of Services. */
  readonly withServices: (text: string) => Promise<string>;
}

export async function startPodProcess(pod: unknown, place: PodPlace): Promise<RunningProcess> {
  const { image, address, folder } = place;
  const container = containerOf(pod);
  const mounts = new Map(mountFolders(pod, container, place));
  for (const path of image.folders) {
    const at = mounts.get(path) ?? join(folder, path.slice(1).replaceAll('/', '-'));
    mkdirSync(at, { recursive: true });
    mounts.set(path, at);
  }
  const longestFirst = [...mounts].sort(([left], [right]) => right.length - left.length);
  const rewritten = async (text: string) => {
    let result = text;
    for (const own of image.ownAddresses) result = result.replaceAll(`${own}:`, `${address}:`);
    for (const [path, at] of longestFirst) result = result.replaceAll(path, at);
    return await place.withServices(result);
  };
  await fillVolumes(pod, place, rewritten);
  const account = await writeAccount(pod, place);
  const { hostname, port } = new URL(place.server);
  const said = listAt(container, 'env').map((one) => [
    textAt(one, 'name') ?? '',
    textAt(one, 'value') ?? '',
  ]);
  const environment = { ...image.environment, ...Object.fromEntries(said) };
  const env: Record<string, string> = {
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
    KUBERNETES_ACCOUNT_FOLDER: account,
    KUBECONFIG: '/dev/null',
  };
  for (const [name, value] of Object.entries(environment)) {
    env[name] = await rewritten(String(value));
  }
  const [program, ...more] = listAt(container, 'command').map(String);
  if (program !== undefined && program !== image.program)
    throw new Error(`image ${image.prefix} has no ${program}`);
  const args = listAt(container, 'args').map((one) => rewritten(String(one)));
  return startProcess({
    name: 'process',
    command: image.command,
    args: [...image.args, ...more, ...(await Promise.all(args))],
    env,
    logFolder: folder,
    cwd: folder,
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

/** The folder that a kubelet would mount: a token for the pod's account, and the authority; or nothing. */
async function writeAccount(
  pod: unknown,
  { client, folder, authority }: PodPlace,
): Promise<string> {
  const within = join(folder, 'account');
  if (valueAt(pod, 'spec', 'automountServiceAccountToken') === false) return within;
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
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(within, file)), { recursive: true });
    writeFileSync(join(within, file), text, { mode: 0o600 });
  };
  write('token', textAt(granted, 'status', 'token') ?? '');
  write('ca.crt', authority);
  write('namespace', namespace);
  return within;
}
