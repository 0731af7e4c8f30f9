/** A place that was served from etcd long enough to have a snapshot, and an etcd that is gone. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Etcd } from '../../lab/etcd.ts';
import type { RunningProcess } from '../../lab/process.ts';
import { HOSTS, PREFIX, put, serveFromEtcd, startFilledEtcd } from '../etcd/serving-etcd.ts';
import { type Place, until } from '../running-fedns.ts';

export interface ServedOnce {
  /** Killed. */
  readonly etcd: Etcd;
  readonly place: Place;
  readonly server: RunningProcess;
}

/** Whatever it starts is put first in `running`, for the caller to end. */
export async function servedOnce(running: RunningProcess[]): Promise<ServedOnce> {
  const etcd = await startFilledEtcd('3.7');
  running.push(etcd);
  const { place, server } = await serveFromEtcd({
    urls: [etcd.endpoint],
    readyName: HOSTS[0] ?? '',
    store: { syncPatienceSeconds: 2 },
  });
  running.unshift(server);
  if (!(await until(() => existsSync(snapshotOf(place)), 9000))) throw new Error('no snapshot');
  await etcd.kill9();
  return { etcd, place, server };
}

export function snapshotOf(place: Place): string {
  return join(place.folder, 'state', 'local-snapshot');
}

/** The same etcd on the same data, with one record more: `fresh.example.com`. */
export async function etcdAgain(etcd: Etcd, running: RunningProcess[]): Promise<Etcd> {
  const again = await etcd.again();
  running.push(again);
  await put(again, `${PREFIX}/fresh/leaf`, { host: '203.0.113.9', targetstrip: 1 });
  return again;
}
