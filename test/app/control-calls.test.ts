/** Calls over the local socket that are wrong, or go to a process that is not the one to ask. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { AnswerPage } from '../../src/admin/http-server.ts';
import { readConfig } from '../../src/app/config/read-config.ts';
import { callServer } from '../../src/app/control/control-client.ts';
import { streamServer } from '../../src/app/control/control-stream.ts';
import { jsonPage } from '../../src/app/control/json-page.ts';
import { ControllerProcess } from '../../src/app/controller-process.ts';
import { Windows } from '../../src/app/windows.ts';
import { InputError, problemOf } from '../../src/dns/errors.ts';
import { parseName } from '../../src/dns/name.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { temporaryFolder } from '../lab/process.ts';

const windows = new Windows(0);
afterEach(() => windows.stop());

const page: AnswerPage = () => jsonPage({});
/** As the three sorts of processes have them. */
const SERVER = ['GET /top', 'POST /log-level'];
const CONTRIBUTOR = ['GET /members', 'GET /standing'];
const CONTROLLER = [...CONTRIBUTOR, 'GET /status', 'GET /explain'];

async function folderOf(
  calls: readonly string[],
  pages: readonly (readonly [string, AnswerPage])[] = [],
): Promise<string> {
  const folder = join(temporaryFolder('control'), 'state');
  await mkdir(folder, { recursive: true });
  await windows.openSocket(
    folder,
    new Map([...calls.map((call): [string, AnswerPage] => [call, page]), ...pages]),
  );
  return folder;
}

it.each([
  ['at once', (query: URLSearchParams) => jsonPage(parseName(query.get('name') ?? ''))],
  ['later', async (query: URLSearchParams) => jsonPage(parseName(query.get('name') ?? ''))],
])('input that a page finds wrong %s is an InputError to the caller', async (_when, answer) => {
  const folder = await folderOf([], [['GET /explain', answer]]);
  const failed = callServer(folder, 'GET /explain?name=a..b');
  await expect(failed).rejects.toBeInstanceOf(InputError);
  await expect(failed).rejects.toThrow(/a\.\.b/);
});

it('what a page cannot do is no InputError', async () => {
  const failing = () => {
    throw new Error('disk full');
  };
  const folder = await folderOf([], [['POST /drain', failing]]);
  const failed = callServer(folder, 'POST /drain');
  await expect(failed).rejects.not.toBeInstanceOf(InputError);
  await expect(failed).rejects.toThrow(/^disk full$/);
});

it.each([
  [SERVER, 'GET /explain?name=a', /^the running server watches no member clusters: .*shards file/],
  [CONTRIBUTOR, 'GET /status', /^this process stores what it sees for another to publish/],
  [CONTROLLER, 'GET /top', /is a controller: it answers no queries \(GET \/top\)$/],
  [CONTROLLER, 'GET /news?x=1', /another version: it does not know GET \/news$/],
])('of %j, asked %s, one line says who is the one to ask', async (calls, call, want) => {
  const folder = await folderOf(calls);
  const said = await callServer(folder, call).catch(problemOf);
  expect(said).toMatch(want);
  expect(String(said).split('\n')).toHaveLength(1);
});

it('a controller takes another log level, and says that it answers no queries', async () => {
  const place = temporaryFolder('controller');
  const shards = join(place, 'shards.yaml');
  await writeFile(shards, 'federation: f\ndomain: example.com\nclusters: []\nservices: []\n');
  // Nobody listens there: a controller is up, and can be asked, while its etcd is away.
  const settings = {
    '--store-kind': 'etcd',
    '--store-urls': 'http://127.0.0.1:9',
    '--store-folder': join(place, 'state'),
    '--shards-file': shards,
    '--admin-listen': 'none',
    '--log-level': 'silent',
  };
  const flags = new Map(Object.entries(settings).map(([flag, value]) => [flag, [value]]));
  const read = readConfig({ file: undefined, environment: {}, flags });
  const logger = createLogger(read.config.log.level);
  const controller = new ControllerProcess({ read, readAgain: () => read, logger });
  await controller.start();
  try {
    const folder = join(place, 'state');
    const said = callServer(folder, 'POST /log-level?to=error');
    await expect(said).resolves.toEqual({ level: 'error' });
    await expect(callServer(folder, 'POST /log-level?to=loud')).rejects.toBeInstanceOf(InputError);
    await expect(callServer(folder, 'GET /top')).rejects.toThrow(/is a controller/);
  } finally {
    await controller.stop();
  }
});

it('a stream is refused likewise', async () => {
  const folder = await folderOf(CONTRIBUTOR);
  const next = streamServer(folder, '/watch').next();
  await expect(next).rejects.toThrow(/stores what it sees for another/);
});
