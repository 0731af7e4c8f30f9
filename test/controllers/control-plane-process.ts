/** The control plane as users start it, over the host of a federation of the lab. */

import { type RunningProcess, startProcess, temporaryFolder } from '../lab/process.ts';
import { makePlace, type Place } from '../scenario/running-fedns.ts';
import type { Federation } from './federation.ts';

const LAUNCHER = new URL('../../src/launch.js', import.meta.url).pathname;

export interface ControlPlaneProcess extends RunningProcess {
  /** Its page is at `adminPort`. */
  readonly place: Place;
}

export async function startControlPlane(
  { host }: Federation,
  env: Readonly<Record<string, string>> = {},
): Promise<ControlPlaneProcess> {
  const controlPlane = { host: { kubeconfig: host.kubeconfigPath } };
  const place = await makePlace({ more: { controlPlane, log: { level: 'warn' } } });
  const running = startProcess({
    name: 'controller',
    command: process.execPath,
    args: [LAUNCHER, 'controller', '--config', place.config],
    logFolder: temporaryFolder('controller'),
    env,
  });
  return Object.assign(running, { place });
}
