/**
 * `fedns watch` beside a running server, on real clusters: what moves and why, of one service or
 * of all, over a restart of the server.
 */

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningProcess, startProcess } from '../../../lab/process.ts';
import { fedns, makePlace, until } from '../../running-fedns.ts';
import {
  clusterOf,
  EAST_C,
  startThreeMembers,
  stopThreeMembers,
  type ThreeMembers,
  truthOf,
  turning,
  WEST_A,
  watchingConfig,
} from '../three-members.ts';
import { score, WatchedServe } from '../watched-serve.ts';

const LAUNCHER = fileURLToPath(new URL('../../../../src/launch.js', import.meta.url));
const ZONE = 'web.default.fed.svc.a.west.example.com';

let three: ThreeMembers;
let serve: WatchedServe;
const running: RunningProcess[] = [];

beforeAll(async () => {
  three = await startThreeMembers([{ name: 'web' }, { name: 'api' }]);
  serve = await WatchedServe.start('serve', {
    config: watchingConfig(three),
    services: [{ truth: truthOf(three, 'web') }],
  });
}, 180_000);

afterAll(async () => {
  await Promise.all(running.map((each) => each.stop()));
  await serve?.stop();
  await stopThreeMembers(three);
});

/** In a terminal of its own. */
function watch(...args: readonly string[]): RunningProcess {
  const { config, folder } = serve.place;
  const started = startProcess({
    name: `watch-${running.length}`,
    command: process.execPath,
    args: [LAUNCHER, 'watch', ...args, '--config', config],
    logFolder: folder,
  });
  running.push(started);
  return started;
}

async function untilSaid(terminal: RunningProcess, what: RegExp): Promise<void> {
  const isSo = await until(() => what.test(terminal.log()), 15_000);
  expect(isSo, `${what} is not in\n${terminal.log()}`).toBe(true);
}

describe('fedns watch', () => {
  it('tells what moved and why, of the service that was named', async () => {
    await serve.untilTrue(20_000);
    const [web, all] = [watch(ZONE), watch('--output', 'json')];
    await untilSaid(web, new RegExp(`${ZONE}\\. {2}is A 127\\.0\\.1\\.11$`, 'm'));
    await untilSaid(all, /"kind":"began","isPublishing":true/);
    const truth = serve.watchers[0]?.truth;
    if (truth === undefined) throw new Error('nothing is watched');
    const west = clusterOf(three, WEST_A);
    await turning([truth], { clusters: [WEST_A], to: 'out', allowedMs: 6000 }, async () => {
      await Promise.all([west.scale('web', 0), west.scale('api', 0)]);
    });
    await serve.untilTrue(20_000);
    await untilSaid(
      web,
      new RegExp(`${ZONE}\\. {2}A 127.* -> CNAME .*\\(.*no ready endpoint.*\\)`),
    );
    await untilSaid(all, new RegExp(`"name":"${ZONE}\\.","before":"A 127.*"after":"CNAME`));
    await untilSaid(all, /"name":"api\.default\.fed/);
    expect(web.log()).not.toContain('api.default');
    await score('watched while scaled to 0', [serve]);
  });

  it('a member that is lost is told, and a restart of the server is survived', async () => {
    const all = watch();
    await clusterOf(three, EAST_C).apiserver.kill9();
    await untilSaid(all, /member east-c: lost \(/);
    await serve.restart();
    await untilSaid(all, /the server is not heard \(.*\), trying again/);
    await clusterOf(three, EAST_C).restartApi();
    await untilSaid(all, /trying again[\s\S]*member east-c: fresh/);
    await untilSaid(all, /trying again[\s\S]*member west-a: fresh/);
    expect(all.log().match(/trying again/g)?.length).toBe(1);
  });

  it('ends when it was told to; without a server, or for a name of nobody, at once', async () => {
    expect(await fedns(serve.place, ['watch', '--for', '0.5'])).toMatchObject({ code: 0 });
    const none = await fedns(serve.place, ['watch', 'none.default.fed.svc.example.com']);
    expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/no name of a watched/) });
    const { folder } = await makePlace({});
    const away = await fedns({ config: undefined }, ['watch', '--store-folder', folder]);
    expect(away).toMatchObject({ code: 1, stderr: expect.stringMatching(/no server runs/) });
  });
});
