/**
 * Events of a cluster's objects (events.k8s.io/v1): what `kubectl describe` shows to whoever owns
 * them. Only where an account may create them; it never holds anything up, and what is refused, or
 * too much, is left out.
 */

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { LRUCache } from 'lru-cache';
import type { ApiClient } from '../kubernetes/api-client.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import {
  EVENT_AGAIN_MS,
  EVENT_KEYS_MAX,
  EVENT_REFUSED_REST_MS,
  EVENT_TIMEOUT_MS,
  EVENTS_A_MINUTE_MAX,
} from './limits.ts';

export interface ObjectEvent {
  readonly regarding: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid?: string;
  };
  readonly type: 'Normal' | 'Warning';
  /** One word for machines, `NotPublished`. */
  readonly reason: string;
  /** For people. */
  readonly note: string;
}

/** events.k8s.io/v1: at most 1 kB, in octets. */
const NOTE_OCTETS_MAX = 1000;
/** Wrong, or too late, is one Event and not the right to write any. */
const OF_ONE_OBJECT: readonly (number | undefined)[] = [400, 404, 409, 413, 422];
const REPORTER = 'fedns.io/fedns';

export class EventWriter {
  readonly #client: Pick<ApiClient, 'post'>;
  readonly #ended = new AbortController();
  /** Object and reason -> note last told, and when; monotonic, ms. */
  readonly #told = new LRUCache<string, { note: string; atMs: number }>({ max: EVENT_KEYS_MAX });
  #restsUntilMs = Number.NEGATIVE_INFINITY;
  #minuteEndsMs = Number.NEGATIVE_INFINITY;
  readonly #aMinuteMax: number;
  #left = 0;

  constructor(client: Pick<ApiClient, 'post'>, aMinuteMax: number = EVENTS_A_MINUTE_MAX) {
    this.#client = client;
    this.#aMinuteMax = aMinuteMax;
  }

  write(event: ObjectEvent): void {
    const { regarding, reason, note } = event;
    const key = `${regarding.kind} ${regarding.namespace}/${regarding.name} ${reason}`;
    const nowMs = performance.now();
    const told = this.#told.get(key);
    const isNews = told?.note !== note || nowMs - told.atMs > EVENT_AGAIN_MS;
    if (!isNews || nowMs < this.#restsUntilMs || !this.#hasRoom(nowMs)) return;
    this.#told.set(key, { note, atMs: nowMs });
    void this.#post(event);
  }

  stop(): void {
    this.#ended.abort();
  }

  #hasRoom(nowMs: number): boolean {
    if (nowMs > this.#minuteEndsMs) {
      this.#minuteEndsMs = nowMs + 60_000;
      this.#left = this.#aMinuteMax;
    }
    return this.#left-- > 0;
  }

  async #post({ regarding, type, reason, note }: ObjectEvent): Promise<void> {
    const { namespace, name } = regarding;
    const body = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: `${nameBegin(name)}.${randomBytes(8).toString('hex')}`, namespace },
      eventTime: new Date().toISOString().replace('Z', '000Z'),
      reportingController: REPORTER,
      reportingInstance: hostname().slice(0, 128),
      action: 'Publishing',
      ...{ reason, regarding, type, note: cut(note) },
    };
    try {
      await this.#client.post(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`, body, {
        timeoutMs: EVENT_TIMEOUT_MS,
        signal: this.#ended.signal,
      });
    } catch (error) {
      // Without the right to it, or where it is away, it is asked again after a while.
      const isOfOne = error instanceof ApiError && OF_ONE_OBJECT.includes(error.status);
      if (!isOfOne) this.#restsUntilMs = performance.now() + EVENT_REFUSED_REST_MS;
    }
  }
}

/** Whole characters of it. */
function cut(note: string): string {
  const octets = Buffer.from(note).subarray(0, NOTE_OCTETS_MAX);
  return new TextDecoder().decode(octets, { stream: true });
}

/** An object's name ends in a letter or digit, a part of it too. */
function nameBegin(name: string): string {
  return name.slice(0, 200).replace(/[^a-z0-9]+$/, '');
}
