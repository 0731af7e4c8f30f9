/**
 * The files that a Kubernetes cluster of the lab is made of: serving certificate with its own
 * authority, the key of service account tokens, the admin's token, kubeconfigs. All in a
 * temporary folder, made anew at every start.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { makeCertificates } from './obtain/certificates.ts';
import { temporaryFolder } from './process.ts';

export interface ClusterFiles {
  readonly name: string;
  /** Which Kubernetes it runs. */
  readonly component: 'kubernetes' | 'kubernetes-older';
  readonly folder: string;
  readonly server: string;
  readonly host: string;
  readonly port: number;
  readonly caPath: string;
  readonly ca: string;
  readonly servingCert: string;
  readonly servingKey: string;
  readonly accountKey: string;
  readonly accountPublicKey: string;
  readonly adminToken: string;
  readonly tokenFile: string;
  readonly kubeconfigPath: string;
}

export async function makeClusterFiles(
  name: string,
  { host, port, component }: Pick<ClusterFiles, 'host' | 'port' | 'component'>,
): Promise<ClusterFiles> {
  const folder = temporaryFolder(`kubernetes-${name}`);
  const at = (file: string) => join(folder, file);
  const write = (file: string, text: string) => {
    writeFileSync(at(file), text, { mode: 0o600 });
    return at(file);
  };
  const certificates = await makeCertificates(folder, [host]);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const adminToken = randomBytes(16).toString('hex');
  const files = {
    name,
    component,
    folder,
    server: `https://${host}:${port}`,
    host,
    port,
    caPath: certificates.ca,
    ca: readFileSync(certificates.ca, 'utf8'),
    servingCert: certificates.serverCert,
    servingKey: certificates.serverKey,
    accountKey: write('account.key', String(privateKey.export({ type: 'sec1', format: 'pem' }))),
    accountPublicKey: write(
      'account.pub',
      String(publicKey.export({ type: 'spki', format: 'pem' })),
    ),
    adminToken,
    tokenFile: write('tokens.csv', `${adminToken},admin,admin-uid,"system:masters"\n`),
  };
  const kubeconfigPath = writeKubeconfig(files, { user: 'admin', token: adminToken });
  return { ...files, kubeconfigPath };
}

/** A kubeconfig that needs no other file; its context and cluster have the cluster's name. */
export function writeKubeconfig(
  files: Omit<ClusterFiles, 'kubeconfigPath'>,
  { user, token }: { readonly user: string; readonly token: string },
): string {
  const { name, server, ca } = files;
  const authority = Buffer.from(ca).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name, context: { cluster: name, user } }],
    'current-context': name,
  };
  const path = join(files.folder, `${user}.kubeconfig`);
  writeFileSync(path, stringify(config), { mode: 0o600 });
  return path;
}
