/** The guide's `helm upgrade -i` over a release of KubeFed 0.10, with the objects it has there. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAt, textAt, valueAt } from '../../../src/api/untyped.ts';
import { eventually } from '../../controllers/eventually.ts';
import { type HostWithPods, NAMESPACE, startHostWithPods } from '../host-with-pods.ts';
import { kubefedChart } from './kubefed-release.ts';

const LONG_MS = 180_000;
let on: HostWithPods;

beforeAll(async () => {
  on = await startHostWithPods([]);
}, LONG_MS);
afterAll(() => on?.stop());

describe('over a release of KubeFed', () => {
  it(
    'its Deployments, selectors and roles become ours, and its definitions are brought up to date',
    async () => {
      await on.helm('install', 'kubefed', kubefedChart(), '--create-namespace');
      const definition = ['crd', 'propagatedversions.core.kubefed.io'];
      await on.host.kubectl([
        'annotate',
        ...definition,
        'controller-gen.kubebuilder.io/version=v0.2.5',
      ]);
      const versions = '[{"op": "remove", "path": "/spec/versions/0/subresources"}]';
      await on.host.kubectl(['patch', ...definition, '--type=json', '-p', versions]);
      const said = await on.upgrade('kubefed-0.10.yaml');
      expect(said).toContain('STATUS: deployed');
      const controllers = await on.get(
        'host',
        'deployment',
        'kubefed-controller-manager',
        '-n',
        NAMESPACE,
      );
      const [container] = listAt(controllers, 'spec', 'template', 'spec', 'containers');
      expect(container).toMatchObject({
        command: ['fedns'],
        args: ['controller', '--config', '/etc/fedns/fedns.yaml'],
      });
      const role = await on.get('host', 'clusterrole', 'kubefed-role');
      expect(JSON.stringify(listAt(role, 'rules'))).not.toContain(
        '"resources":["*"],"verbs":["*"]',
      );
      expect(valueAt(await on.get('host', ...definition), 'spec', 'versions')).toMatchObject([
        { subresources: { status: {} } },
      ]);
      await eventually(
        () => on.get('host', 'lease', 'kubefed-controller-manager', '-n', NAMESPACE),
        (lease) => (textAt(lease, 'spec', 'holderIdentity') ?? '') !== '',
      );
      const config = await on.get('host', 'kubefedconfig', 'kubefed', '-n', NAMESPACE);
      expect(valueAt(config, 'spec', 'leaderElect', 'leaseDuration')).toBe('5s');
    },
    LONG_MS,
  );
});
