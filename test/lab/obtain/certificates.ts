/**
 * A throw-away certificate authority with a server and a client certificate for loopback, made
 * with openssl at run time: no key is ever stored in the tree.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './command.ts';

export interface Certificates {
  readonly ca: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

/**
 * Files in `folder`; the client's common name is `root`, which etcd takes as its user name. The
 * server's is for localhost and `moreAddresses`.
 */
export async function makeCertificates(
  folder: string,
  moreAddresses: readonly string[] = [],
): Promise<Certificates> {
  const addresses = ['127.0.0.1', '::1', ...moreAddresses].map((each) => `IP:${each}`).join();
  const at = (name: string) => join(folder, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await runCommand('openssl', [
    ...['req', '-x509', ...key, '-days', '2', '-subj', '/CN=lab authority'],
    ...['-keyout', at('ca.key'), '-out', at('ca.crt')],
  ]);
  for (const [name, subject] of [
    ['server', '/CN=localhost'],
    ['client', '/CN=root'],
  ] as const) {
    await runCommand('openssl', [
      ...['req', ...key, '-subj', subject, '-keyout', at(`${name}.key`)],
      ...['-out', at(`${name}.csr`)],
    ]);
    const usage = name === 'server' ? 'serverAuth,clientAuth' : 'clientAuth';
    const extensions = `subjectAltName=${addresses},DNS:localhost\nextendedKeyUsage=${usage}\n`;
    writeFileSync(at(`${name}.ext`), extensions);
    await runCommand('openssl', [
      ...['x509', '-req', '-days', '2', '-in', at(`${name}.csr`), '-out', at(`${name}.crt`)],
      ...['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial'],
      ...['-extfile', at(`${name}.ext`)],
    ]);
  }
  return {
    ca: at('ca.crt'),
    serverCert: at('server.crt'),
    serverKey: at('server.key'),
    clientCert: at('client.crt'),
    clientKey: at('client.key'),
  };
}
