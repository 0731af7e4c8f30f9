/**
 * The processes of a Kubernetes cluster of the lab: kube-apiserver, and what makes its objects
 * live: kube-controller-manager, kube-scheduler, and kwok in the place of kubelets.
 */
import { request } from 'node:https';
import { ensure } from './components.ts';
import type { Etcd } from './etcd.ts';
import { freePort } from './free-port.ts';
import { type Audited, auditArgs } from './kubernetes-audit.ts';
import type { ClusterFiles } from './kubernetes-files.ts';
import { type RunningProcess, startProcess, waitReady } from './process.ts';

const READY_LIMIT_MS = 90_000;

/** Only what stories need: each further controller costs memory and informers at the start. */
const CONTROLLERS = [
  'deployment-controller',
  'replicaset-controller',
  'endpointslice-controller',
  'endpointslice-mirroring-controller',
  'node-lifecycle-controller',
  'pod-garbage-collector-controller',
  'namespace-controller',
  'garbage-collector-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller',
];

interface ApiOptions {
  readonly audits?: Audited;
  /** By the cluster's name: the file of a service proxy. */
  readonly egressOf?: (name: string) => string | undefined;
}

/** Starts it; `whenApiReady` waits. `index` (from 1) sets its range of service addresses. */
export async function startApi(
  files: ClusterFiles,
  etcd: Etcd,
  index: number,
  { audits, egressOf }: ApiOptions = {},
): Promise<RunningProcess> {
  const { programs } = await ensure(files.component);
  const egress = egressOf?.(files.name);
  const tls = etcd.certificates;
  return startProcess({
    name: 'kube-apiserver',
    command: programs['kube-apiserver'] ?? '',
    logFolder: files.folder,
    args: [
      ...['--etcd-servers', etcd.endpoint, '--etcd-prefix', `/${files.name}`],
      ...(tls ? ['--etcd-cafile', tls.ca] : []),
      ...(tls ? ['--etcd-certfile', tls.clientCert, '--etcd-keyfile', tls.clientKey] : []),
      ...['--secure-port', String(files.port), '--bind-address', files.host],
      ...['--advertise-address', files.host, '--endpoint-reconciler-type', 'none'],
      ...['--cert-dir', files.folder],
      ...['--tls-cert-file', files.servingCert, '--tls-private-key-file', files.servingKey],
      ...['--token-auth-file', files.tokenFile, '--authorization-mode', 'RBAC'],
      ...['--service-account-issuer', 'https://kubernetes.default.svc'],
      ...['--service-account-key-file', files.accountPublicKey],
      ...['--service-account-signing-key-file', files.accountKey],
      ...['--service-cluster-ip-range', `10.${index}.0.0/16`],
      ...(audits === undefined ? [] : auditArgs(files, audits)),
      ...(egress === undefined ? [] : ['--egress-selector-config-file', egress]),
      '--profiling=false',
    ],
  });
}

export function whenApiReady(api: RunningProcess, files: ClusterFiles): Promise<void> {
  return waitReady(api, async () => (await ask(files, '/readyz')).status === 200, READY_LIMIT_MS);
}

/** Controllers, scheduler and kwok; they find the API by themselves when it comes back. */
export async function startWorkloads(
  files: ClusterFiles,
  index: number,
  more: readonly string[] = [],
): Promise<RunningProcess[]> {
  const [{ programs }, kwok] = await Promise.all([ensure(files.component), ensure('kwok')]);
  const kubeletAddress = `127.0.0.1:${await freePort()}`;
  const logFolder = files.folder;
  const access = ['--kubeconfig', files.kubeconfigPath];
  const quiet = ['--leader-elect=false', '--secure-port=0', '--profiling=false'];
  const controllers = startProcess({
    name: 'kube-controller-manager',
    command: programs['kube-controller-manager'] ?? '',
    logFolder,
    args: [
      ...[...access, ...quiet, '--controllers', [...CONTROLLERS, ...more].join(',')],
      ...['--service-account-private-key-file', files.accountKey],
      ...['--root-ca-file', files.caPath],
      // After a long outage of the API it would mark all pods unready: a kubelet says they are
      // ready again, kwok does not.
      '--node-monitor-grace-period=24h',
    ],
  });
  const scheduler = startProcess({
    name: 'kube-scheduler',
    command: programs['kube-scheduler'] ?? '',
    logFolder,
    args: [...access, ...quiet],
  });
  const kubelets = startProcess({
    name: 'kwok',
    command: kwok.programs['kwok'] ?? '',
    logFolder,
    args: [
      ...[...access, '--config', kwok.programs['stages'] ?? '', '--manage-all-nodes=true'],
      ...['--server-address', kubeletAddress, '--node-ip', '127.0.0.1'],
      ...['--cidr', `10.${100 + index}.0.1/16`],
    ],
  });
  return [controllers, scheduler, kubelets];
}

/** The default service account is the work of a controller: then pods can be made. */
export function whenWorkloadsReady(
  workloads: readonly RunningProcess[],
  files: ClusterFiles,
): Promise<unknown> {
  const account = '/api/v1/namespaces/default/serviceaccounts/default';
  const check = async () => (await ask(files, account)).status === 200;
  return Promise.all(workloads.map((each) => waitReady(each, check, READY_LIMIT_MS)));
}

/** A GET as admin, without the price of a kubectl. Status 0: no answer. */
export function ask(
  files: ClusterFiles,
  path: string,
): Promise<{ readonly status: number; readonly body: string }> {
  const headers = { authorization: `Bearer ${files.adminToken}` };
  const options = { ca: files.ca, headers, agent: false, timeout: 5_000 };
  return new Promise((resolve) => {
    const asked = request(`${files.server}${path}`, options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', () => resolve({ status: 0, body }));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', (error) => resolve({ status: 0, body: error.message }));
    asked.end();
  });
}
