/**
 * A client of one cluster that asks no more often than its pace: single requests wait their turn,
 * streams do not (they are few, and last).
 */

import type { ApiClient, PatchType, RequestOptions } from '../api-client.ts';
import { type Pace, TokenBucket } from './token-bucket.ts';

export type WritingClient = Pick<ApiClient, 'get' | 'post' | 'put' | 'patch' | 'delete'>;

export class PacedClient implements WritingClient {
  readonly #client: ApiClient;
  readonly #bucket: TokenBucket;

  constructor(client: ApiClient, pace: Pace) {
    this.#client = client;
    this.#bucket = new TokenBucket(pace);
  }

  /** Unpaced: for list-watches. */
  get client(): ApiClient {
    return this.#client;
  }

  async get(path: string, options?: RequestOptions): Promise<unknown> {
    await this.#bucket.take();
    return this.#client.get(path, options);
  }

  async post(path: string, body: unknown, options?: RequestOptions): Promise<unknown> {
    await this.#bucket.take();
    return this.#client.post(path, body, options);
  }

  async put(path: string, body: unknown, options?: RequestOptions): Promise<unknown> {
    await this.#bucket.take();
    return this.#client.put(path, body, options);
  }

  async patch(
    path: string,
    body: unknown,
    options?: RequestOptions & { readonly type?: PatchType },
  ): Promise<unknown> {
    await this.#bucket.take();
    return this.#client.patch(path, body, options);
  }

  async delete(path: string, body: unknown, options?: RequestOptions): Promise<unknown> {
    await this.#bucket.take();
    return this.#client.delete(path, body, options);
  }

  async close(): Promise<void> {
    this.#bucket.end();
    await this.#client.close();
  }
}
