/** A running `fedns controller`: killed, started again, put to sleep; and whether it leads. */

import { fileURLToPath } from 'node:url';
import { type RunningProcess, startProcess } from '../../lab/process.ts';
import { makePlace, metrics, type Place, until } from '../running-fedns.ts';

const LAUNCHER = fileURLToPath(new URL('../../../src/launch.js', import.meta.url));
const GREETING = 'fedns controller watches';

export class WatchedController {
  readonly name: string;
  readonly place: Place;
  #running: RunningProcess;

  private constructor(name: string, place: Place) {
    this.name = name;
    this.place = place;
    this.#running = run(place);
  }

  static async start(name: string, config: object): Promise<WatchedController> {
    const controller = new WatchedController(name, await makePlace({ more: config }));
    await controller.#greeted();
    return controller;
  }

  get process(): RunningProcess {
    return this.#running;
  }

  async startAgain(): Promise<void> {
    this.#running = run(this.place);
    await this.#greeted();
  }

  async leads(): Promise<boolean> {
    const page = await metrics(this.place).catch(() => undefined);
    return page?.get('fedns_publish_leading') === 1;
  }

  /** Seconds until it leads, or no more. */
  async untilLeads(leads: boolean, limitMs: number): Promise<number> {
    const startedMs = performance.now();
    if (await until(async () => (await this.leads()) === leads, limitMs)) {
      return (performance.now() - startedMs) / 1000;
    }
    const log = this.#running.log().slice(-3000);
    throw new Error(`${this.name}: leading is not ${leads} in ${limitMs} ms, log ends ${log}`);
  }

  async stop(): Promise<void> {
    await this.#running.stop();
  }

  async #greeted(): Promise<void> {
    await until(() => this.#running.log().includes(GREETING) || !this.#running.alive(), 20_000);
    if (!this.#running.alive()) throw new Error(`${this.name}: ${this.#running.log()}`);
  }
}

function run(place: Place): RunningProcess {
  return startProcess({
    name: `controller-${Date.now()}`,
    command: process.execPath,
    args: [LAUNCHER, 'controller', '--config', place.config],
    cwd: place.folder,
    logFolder: place.folder,
  });
}
