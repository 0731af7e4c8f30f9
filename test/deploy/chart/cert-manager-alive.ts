/**
 * cert-manager at work in a host of the lab: its controllers and its injector of authorities as processes
 * (no image of it is to be had), its definitions as its own chart has them. Its webhook is not there: it
 * only checks what people write.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensure } from '../../lab/components.ts';
import { freePort } from '../../lab/free-port.ts';
import { type RunningProcess, startProcess, temporaryFolder } from '../../lab/process.ts';
import type { HostWithPods } from '../host-with-pods.ts';

/** Where its own objects and leases are. */
const ITS_NAMESPACE = 'cert-manager';

export interface CertManagerAlive {
  readonly running: readonly RunningProcess[];
  stop(): Promise<void>;
}

export async function startCertManager(on: HostWithPods): Promise<CertManagerAlive> {
  const { programs } = await ensure('cert-manager');
  const crds = programs['crds'] ?? '';
  const files = readdirSync(crds).filter((file) => file.endsWith('.yaml'));
  // Words of its chart's templates, all of them labels.
  const texts = files.map((file) =>
    readFileSync(join(crds, file), 'utf8').replace(/^.*\{\{.*\n/gm, ''),
  );
  await on.host.kubectl(['create', 'namespace', ITS_NAMESPACE]);
  await on.host.kubectl(['apply', '--server-side', '-f', '-'], texts.join('\n---\n'));
  await on.host.kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
  const folder = temporaryFolder('cert-manager');
  const start = (name: string, args: readonly string[]) =>
    startProcess({
      name,
      command: programs[name] ?? '',
      args: ['--kubeconfig', on.host.kubeconfigPath, '--leader-elect=false', ...args],
      logFolder: folder,
    });
  const running = [
    start('controller', [
      ...['--cluster-resource-namespace', ITS_NAMESPACE],
      ...['--metrics-listen-address', `127.0.0.1:${await freePort()}`],
    ]),
    start('cainjector', []),
  ];
  return {
    running,
    async stop() {
      for (const one of running) await one.stop();
    },
  };
}
