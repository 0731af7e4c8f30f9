/** A running `fedns serve` with a watcher for each service; may be killed and started again. */

import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { dig } from '../../lab/dig.ts';
import type { RunningProcess } from '../../lab/process.ts';
import { fedns, makePlace, metrics, type Place, startServe, until } from '../running-fedns.ts';
import { AnswerWatcher } from './answer-watcher.ts';
import type { GroundTruth } from './ground-truth.ts';

export interface WatchedService {
  readonly truth: GroundTruth;
  readonly everyMs?: number;
}

interface WatchedServeOptions {
  readonly config: object;
  readonly services: readonly WatchedService[];
  /** Of the first process, not of those that `restart` begins. */
  readonly env?: Readonly<Record<string, string>>;
}

const PROBED_UP = 'fedns_probe_addresses{verdict="up"}';

interface SeenMember {
  readonly name: string;
  readonly api: string;
  readonly isSynced: boolean;
  readonly region?: string;
  readonly zones: readonly string[];
}

export class WatchedServe {
  readonly name: string;
  readonly place: Place;
  readonly watchers: readonly AnswerWatcher[];
  #running: RunningProcess;

  private constructor(
    name: string,
    { place, running, watchers }: Pick<WatchedServe, 'place' | 'watchers'> & Started,
  ) {
    this.name = name;
    this.place = place;
    this.watchers = watchers;
    this.#running = running;
  }

  static async start(
    name: string,
    { config, services, env = {} }: WatchedServeOptions,
  ): Promise<WatchedServe> {
    const place = await makePlace({ more: config });
    const running = await startServe(place, [], env);
    const watchers = services.map((each) => new AnswerWatcher({ ...each, port: place.port }));
    for (const watcher of watchers) watcher.start();
    return new WatchedServe(name, { place, running, watchers });
  }

  get log(): string {
    return this.#running.log();
  }

  /** kill -9, and a new one on what the old one has written. */
  async restart(): Promise<void> {
    const again = async () => {
      await this.#running.kill9();
      this.#running = await startServe(this.place);
    };
    await this.watchers.reduce<() => Promise<void>>(
      (inner, watcher) => () => watcher.whileAway(inner),
      again,
    )();
  }

  /** SIGHUP with another configuration. */
  reconfigure(config: object): void {
    const { port, adminPort } = this.place;
    const settings = {
      listen: [`127.0.0.1:${port}`],
      store: { kind: 'file', folder: './state' },
      admin: { listen: `127.0.0.1:${adminPort}` },
      ...config,
    };
    writeFileSync(this.place.config, JSON.stringify(settings));
    this.#running.signal('SIGHUP');
  }

  async stop(): Promise<void> {
    for (const watcher of this.watchers) watcher.stop();
    await this.#running.stop();
  }

  async members(): Promise<readonly SeenMember[]> {
    const { stdout } = await fedns(this.place, ['members', 'list', '-o', 'json']);
    return JSON.parse(stdout) as SeenMember[];
  }

  /** Waits until all of these are fresh, or lost, to it. */
  async untilMembers(names: readonly string[], api: 'fresh' | 'lost', limitMs: number) {
    const isSo = await until(async () => {
      const page = await metrics(this.place);
      return names.every((name) => {
        return page.get(`fedns_member_fresh{cluster="${name}"}`) === Number(api === 'fresh');
      });
    }, limitMs);
    if (isSo) return;
    const seen = JSON.stringify(await this.members());
    throw new Error(`${this.name}: not ${api}: ${seen}\nlog ends ${this.log.slice(-3000)}`);
  }

  /** An address that never answered is unknown, whatever happens to it: stories wait for all. */
  async untilProbed(addressCount: number): Promise<void> {
    const isSo = await until(async () => {
      return (await metrics(this.place)).get(PROBED_UP) === addressCount;
    }, 20_000);
    if (!isSo) throw new Error(`${this.name}: not ${addressCount} addresses answer`);
  }

  /**
   * Waits until all is published and so many addresses have answered. Scores count from then on: before
   * the first publishing there was nothing to be right about.
   */
  async untilBegun(addressCount: number, limitMs: number): Promise<void> {
    await this.untilTrue(limitMs);
    await this.untilProbed(addressCount);
    for (const watcher of this.watchers) watcher.takeScore();
  }

  async alarm(reason: string): Promise<number> {
    return (await metrics(this.place)).get(`fedns_alarm{reason="${reason}"}`) ?? 0;
  }

  /** Seconds until all names of all services (or of one) are so. */
  async untilTrue(limitMs: number, service?: GroundTruth): Promise<number> {
    const waited = this.watchers.filter(({ truth }) => service === undefined || truth === service);
    try {
      return Math.max(...(await Promise.all(waited.map((each) => each.untilTrue(limitMs)))));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw new Error(`${this.name}: ${text}\nlog ends ${this.log.slice(-3000)}`);
    }
  }

  /** By the real dig: the last name's addresses are among what is right. */
  async askByDig(truth: GroundTruth): Promise<void> {
    const name = truth.names.at(-1) ?? '';
    const said = await dig({ host: '127.0.0.1', port: this.place.port }, '+short', name, 'A');
    const addresses = said.split('\n').filter((line) => /^[\d.]+$/.test(line));
    expect(truth.rightAnswers(name)).toContain(addresses.sort().join(' '));
  }
}

interface Started {
  readonly running: RunningProcess;
}

/** Prints a story's figures, and holds that no answer was wrong in it. */
export async function score(
  story: string,
  servers: readonly WatchedServe[],
  seconds: Readonly<Record<string, number>> = {},
): Promise<void> {
  const log = servers.map((server) => `${server.name}: ${server.log.slice(-4000)}`).join('\n');
  const rows = servers.flatMap((server) =>
    server.watchers.map((watcher) => ({ server: server.name, ...watcher.takeScore() })),
  );
  const askedCount = rows.reduce((sum, row) => sum + row.askedCount, 0);
  const wrongCount = rows.reduce((sum, row) => sum + row.wrongCount, 0);
  const times = Object.entries(seconds).map(([what, time]) => `, ${what} ${time.toFixed(1)} s`);
  process.stdout.write(`${story}: ${wrongCount} wrong of ${askedCount}${times.join('')}\n`);
  for (const server of servers) {
    const [first] = server.watchers;
    if (first !== undefined) await server.askByDig(first.truth);
  }
  const wrong = rows.flatMap((row) => row.wrong.map((one) => ({ server: row.server, ...one })));
  expect({ wrongCount, wrong }, log).toEqual({ wrongCount: 0, wrong: [] });
}
