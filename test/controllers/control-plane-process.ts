/** The control plane as users start it, over the host of a federation of the lab. */

import { type RunningProcess, startProcess, temporaryFolder } from '../lab/process.ts';
import { makePlace, type Place } from '../scenario/running-fedns.ts';
import type { Federation } from './federation.ts';

const LAUNCHER = new URL('../../src/launch.js', import.meta.url).pathname;

export async function startControlPlane(
  { host }: Federation,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningProcess> {
  const controlPlane = { host: { kubeconfig: host.kubeconfigPath } };
  return startControlPlaneAt(
    await makePlace({ more: { controlPlane, log: { level: 'warn' } } }),
    env,
  );
}

export function startControlPlaneAt(
  { config }: Place,
  env: Readonly<Record<string, string>> = {},
): RunningProcess {
  return startProcess({
    name: 'controller',
    command: process.execPath,
    args: [LAUNCHER, 'controller', '--config', config],
    logFolder: temporaryFolder('controller'),
    env,
  });
}
