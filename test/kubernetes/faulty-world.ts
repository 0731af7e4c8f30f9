/** One faulty API with one collection, a client, and those who follow it. */

import { ApiClient } from '../../src/kubernetes/api-client.ts';
import { waitUntil } from '../lab/process.ts';
import { FaultyApi } from '../support/faulty-api.ts';
import { type FakeCollection, keyOf } from '../support/faulty-collection.ts';
import { contentsOf, Followed, heldOf } from './followed.ts';

const PATH = '/api/v1/services';

export class FaultyWorld {
  api = new FaultyApi([PATH]);
  #client: ApiClient | undefined;
  readonly #all: Followed[] = [];

  async start(): Promise<void> {
    await this.api.start();
    this.#client = new ApiClient(this.api.access);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map(({ watch }) => watch.stop()));
    await this.#client?.close();
    await this.api.stop();
  }

  get collection(): FakeCollection {
    return this.api.at(PATH);
  }

  /** The same data at the same address, after `api.stop`. */
  async startAgain(port: number): Promise<void> {
    const { collection } = this;
    this.api = new FaultyApi([]);
    this.api.collections.set(PATH, collection);
    await this.api.start(port);
  }

  follow(options: ConstructorParameters<typeof Followed>[2] = {}): Followed {
    if (this.#client === undefined) throw new Error('not started');
    const followed = new Followed(this.#client, PATH, options);
    this.#all.push(followed);
    followed.watch.start();
    return followed;
  }

  fill(count: number, content = 'a'): void {
    for (let index = 0; index < count; index++) {
      this.collection.put(`d/s${index}`, { spec: content });
    }
  }

  get contents(): string {
    const objects = this.collection.list();
    return contentsOf(objects.map((object) => [keyOf(object), heldOf(object).content]));
  }

  async sameAsServer(followed: Followed, limitMs = 4000): Promise<void> {
    const isSame = () => followed.watch.status.hasSynced && followed.contents === this.contents;
    await waitUntil('the sink holds what the server has', isSame, limitMs);
  }

  async outOfContact({ watch }: Followed): Promise<void> {
    await waitUntil('it knows', () => !watch.status.isInContact, 4000);
  }
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
