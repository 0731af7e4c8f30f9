/** Configuration and folder change at the same time: what either says last counts. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { FollowedMembers } from '../../src/app/config/members/followed-members.ts';
import { type ReadConfig, readConfig } from '../../src/app/config/read-config.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { temporaryFolder, waitUntil } from '../lab/process.ts';

const KUBECONFIG = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'c',
  clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:9' } }],
  users: [{ name: 'u', user: {} }],
  contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
});

let followed: FollowedMembers | undefined;
afterEach(() => followed?.stop());

function configOf(base: string, folder: string, names: readonly string[]): ReadConfig {
  const file = join(base, 'fedns.json');
  const list = names.map((name) => ({ name, kubeconfig: join(base, name) }));
  writeFileSync(file, JSON.stringify({ members: { list, folder: join(base, folder) } }));
  return readConfig({ file, environment: {}, flags: new Map() });
}

it('a list that is reread while files of the folder change', async () => {
  const base = temporaryFolder('followed');
  execFileSync('mkdir', [join(base, 'one'), join(base, 'two')]);
  for (const name of ['listed', 'one/a', 'two/a']) writeFileSync(join(base, name), KUBECONFIG);
  // Its reading takes until somebody writes.
  execFileSync('mkfifo', [join(base, 'slow')]);
  let joined: readonly string[] = [];
  followed = new FollowedMembers({
    onChange: (specs) => {
      joined = specs.map(({ name }) => name).sort();
    },
    logger: createLogger('silent'),
  });
  await followed.prepare(configOf(base, 'one', ['listed']));
  followed.start();
  expect(joined).toEqual(['a', 'listed']);
  const rereading = followed.readAgain(configOf(base, 'two', ['slow']));
  writeFileSync(join(base, 'one', 'b'), KUBECONFIG);
  await sleep(1500);
  await writeFile(join(base, 'slow'), KUBECONFIG);
  const take = await rereading;
  take();
  await sleep(500);
  expect(joined).toEqual(['a', 'slow']);
  // And it is the new folder that is followed.
  writeFileSync(join(base, 'two', 'c'), KUBECONFIG);
  await waitUntil('joined', async () => joined.join() === 'a,c,slow', 5000);
});
