/**
 * Starts a real etcd, 3.4 or 3.7, on loopback: plain, with TLS and client certificates, or with
 * users. The data folder and the ports can be kept over restarts.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ComponentPaths, ensure } from './components.ts';
import { freePort } from './free-port.ts';
import { type Certificates, makeCertificates } from './obtain/certificates.ts';
import { tryCommand } from './obtain/command.ts';
import { type RunningProcess, startProcess, temporaryFolder, waitReady } from './process.ts';

export interface EtcdOptions {
  readonly version: '3.4' | '3.7';
  /** Kept by the caller over restarts; a temporary one when absent. */
  readonly dataFolder?: string;
  readonly clientPort?: number;
  readonly peerPort?: number;
  readonly tls?: boolean;
  /** Certificates of an earlier start, to be kept over a restart. Means TLS. */
  readonly certificates?: Certificates;
  /** Turns authentication on with this password for the user root. */
  readonly rootPassword?: string;
  /** Members of a cluster, `name=http://127.0.0.1:PEER,...`; alone when absent. */
  readonly cluster?: { readonly name: string; readonly members: string };
  readonly extraArgs?: readonly string[];
}

export interface Etcd extends RunningProcess {
  readonly endpoint: string;
  readonly clientPort: number;
  readonly peerPort: number;
  readonly dataFolder: string;
  readonly paths: ComponentPaths;
  readonly certificates?: Certificates;
  /** Runs etcdctl against it, with certificates and password; throws on failure. */
  ctl(args: readonly string[], input?: string): Promise<string>;
  /** Starts it again, with the same data, ports and settings. It must have ended. */
  again(): Promise<Etcd>;
}

const READY_LIMIT_MS = 20_000;

export async function startEtcd(options: EtcdOptions): Promise<Etcd> {
  const paths = await ensure(options.version === '3.4' ? 'etcd-3.4' : 'etcd-3.7');
  const folder = temporaryFolder('etcd');
  const dataFolder = options.dataFolder ?? join(folder, 'data');
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const clientPort = options.clientPort ?? (await freePort());
  const peerPort = options.peerPort ?? (await freePort());
  const certificates =
    options.certificates ?? (options.tls ? await makeCertificates(folder) : null);
  const endpoint = `${certificates ? 'https' : 'http'}://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const name = options.cluster?.name ?? 'lab';
  const running = startProcess({
    name: `etcd-${options.version}`,
    command: paths.programs['etcd'] ?? '',
    env: paths.env,
    logFolder: folder,
    args: [
      ...['--name', name, '--data-dir', dataFolder],
      ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', options.cluster?.members ?? `${name}=${peer}`],
      // Tests lose no power; an fsync a write would make them wait for the disk.
      '--unsafe-no-fsync',
      ...(certificates ? serverTls(certificates) : []),
      ...(options.extraArgs ?? []),
    ],
  });
  const ctl = await control(endpoint, certificates, options);
  const known = { ...options, dataFolder, clientPort, peerPort };
  const kept = certificates ? { ...known, certificates } : known;
  const etcd: Etcd = {
    ...running,
    endpoint,
    clientPort,
    peerPort,
    dataFolder,
    paths,
    ...(certificates ? { certificates } : {}),
    ctl,
    again: () => startEtcd(kept),
  };
  if (options.cluster === undefined) await becomeReady(etcd, options);
  return etcd;
}

/** Members of a cluster answer only together: start all, then wait for each. */
export function whenEtcdReady(etcd: Etcd): Promise<void> {
  return waitReady(etcd, () => answers(etcd), READY_LIMIT_MS);
}

async function becomeReady(etcd: Etcd, options: EtcdOptions): Promise<void> {
  await whenEtcdReady(etcd);
  const { rootPassword } = options;
  if (rootPassword === undefined) return;
  const bare = await control(etcd.endpoint, etcd.certificates ?? null, {
    version: options.version,
  });
  // A restart on kept data has users already: the bare client is then refused.
  const added = await bare(['user', 'add', `root:${rootPassword}`]).catch(() => undefined);
  if (added === undefined) return;
  await bare(['user', 'grant-role', 'root', 'root']);
  await bare(['auth', 'enable']);
}

async function answers(etcd: Etcd): Promise<boolean> {
  const said = await etcd.ctl(['get', 'lab-ready']).then(
    () => '',
    (error: Error) => error.message,
  );
  return said === '' || /permission denied|user name is empty|authentication/i.test(said);
}

type Control = Etcd['ctl'];

async function control(
  endpoint: string,
  tls: Certificates | null,
  options: EtcdOptions,
): Promise<Control> {
  const paths = await ensure(options.version === '3.4' ? 'etcd-client-3.4' : 'etcd-3.7');
  const common = ['--endpoints', endpoint, '--command-timeout', '20s'];
  if (tls) common.push('--cacert', tls.ca, '--cert', tls.clientCert, '--key', tls.clientKey);
  if (options.rootPassword !== undefined) common.push('--user', `root:${options.rootPassword}`);
  return async (args, input) => {
    const ran = await tryCommand(paths.programs['etcdctl'] ?? '', [...common, ...args], {
      env: { ...paths.env, ETCDCTL_API: '3' },
      timeoutMs: 30_000,
      ...(input === undefined ? {} : { input }),
    });
    if (ran.code !== 0) throw new Error(`etcdctl ${args.join(' ')}: ${ran.stderr.slice(-400)}`);
    return ran.stdout;
  };
}

function serverTls(tls: Certificates): string[] {
  const server = ['--cert-file', tls.serverCert, '--key-file', tls.serverKey];
  return [...server, '--trusted-ca-file', tls.ca, '--client-cert-auth'];
}
