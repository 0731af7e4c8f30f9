/** How the control plane of this process stands: what an operator looks at first. */

import type { AnswerPage } from '../../admin/http-server.ts';
import { resourceName } from '../../api/kubefed/api-resource.ts';
import type { ControlPlane } from '../../controllers/control-plane.ts';
import type { Alarms } from '../../runtime/alarms.ts';
import { jsonPage } from './json-page.ts';

/** Tombstones told one by one; the rest are counted. */
const TOMBSTONES_SHOWN_MAX = 50;

type Standing = Pick<ControlPlane, 'isLeading' | 'loops' | 'namespace'>;

export function controlPlanePage(controlPlane: Standing, alarms: Alarms): [string, AnswerPage] {
  return ['GET /control-plane', () => jsonPage(controlPlaneFacts(controlPlane, alarms))];
}

function controlPlaneFacts({ isLeading, loops, namespace }: Standing, alarms: Alarms): object {
  const standing = { alarms: alarms.active, isLeading, namespace };
  if (loops === undefined) return standing;
  const { clusters, types, copiesLeft, tombstoneCount } = loops;
  return {
    ...standing,
    clusters: clusters.names.map((name) => ({
      name,
      isReady: clusters.get(name)?.isReady === true,
    })),
    held: [...types.engines].flatMap(([type, { gate }]) =>
      gate.held === undefined ? [] : [{ type, ...gate.held }],
    ),
    tombstones: copiesLeft.slice(0, TOMBSTONES_SHOWN_MAX).map((one) => ({
      cluster: one.cluster,
      type: resourceName(one.target),
      object: one.namespace === '' ? one.objectName : `${one.namespace}/${one.objectName}`,
      action: one.action,
    })),
    tombstoneCount,
  };
}
