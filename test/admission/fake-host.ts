/**
 * A host cluster as the webhook's certificates see it: one namespace of Secrets and the webhook
 * configurations, with versions, conflicts, and faults on command.
 */

import { setImmediate } from 'node:timers/promises';
import { listAt, textAt } from '../../src/api/untyped.ts';
import { ApiError } from '../../src/kubernetes/api-error.ts';

interface Stored {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly [field: string]: unknown;
}

const SECRETS = '/api/v1/namespaces/kube-federation-system/secrets';
const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';
export const CONFIGURATIONS = { validating: 'validating', mutating: 'mutating' } as const;

export class FakeHost {
  readonly objects = new Map<string, Stored>();
  writeCount = 0;
  /** Every request is refused with it. */
  refuses: number | undefined;
  /** The next writes are done, but their answers are lost. */
  lostAnswers = 0;
  #version = 0;

  constructor() {
    this.#put(`${REGISTRATION}/validatingwebhookconfigurations/validating`, twoWebhooks());
    this.#put(`${REGISTRATION}/mutatingwebhookconfigurations/mutating`, twoWebhooks());
  }

  get secret(): Stored | undefined {
    return this.objects.get(`${SECRETS}/certificate`);
  }

  /** PEM, of every webhook of every configuration. */
  get bundles(): string[] {
    return [...this.objects.entries()].flatMap(([path, object]) => {
      if (!path.startsWith(REGISTRATION)) return [];
      return listAt(object, 'webhooks').map((webhook) => {
        const value = textAt(webhook, 'clientConfig', 'caBundle') ?? '';
        return Buffer.from(value, 'base64').toString('utf8');
      });
    });
  }

  readonly client = {
    get: async (path: string) => {
      await this.#arrive();
      return structuredClone(this.#found(path));
    },
    post: async (path: string, body: unknown) => {
      await this.#arrive();
      const place = `${path}/${textAt(body, 'metadata', 'name')}`;
      if (this.objects.has(place)) throw status(409, 'AlreadyExists');
      return this.#written(place, body);
    },
    put: async (path: string, body: unknown) => {
      await this.#arrive();
      const version = textAt(body, 'metadata', 'resourceVersion');
      if (this.#found(path).metadata.resourceVersion !== version) throw status(409, 'Conflict');
      return this.#written(path, body);
    },
    patch: async (path: string, body: unknown) => {
      await this.#arrive();
      const { webhooks, ...others } = structuredClone(this.#found(path));
      const list = Array.isArray(webhooks) ? webhooks : [];
      for (const operation of Array.isArray(body) ? body : []) {
        const [, , index, ...rest] = String(operation.path).split('/');
        if (operation.op === 'test') {
          if (list[Number(index)]?.name !== operation.value) throw status(422, 'Invalid');
        } else if (rest.join('/') === 'clientConfig/caBundle') {
          list[Number(index)].clientConfig.caBundle = operation.value;
        } else throw new Error(`unexpected patch of ${operation.path}`);
      }
      return this.#written(path, { ...others, webhooks: list });
    },
  };

  /** Requests of several clients take turns. */
  async #arrive(): Promise<void> {
    await setImmediate();
    if (this.refuses !== undefined) throw status(this.refuses, 'Refused');
  }

  #found(path: string): Stored {
    const found = this.objects.get(path);
    if (found === undefined) throw status(404, 'NotFound');
    return found;
  }

  #written(path: string, body: unknown): unknown {
    const stored = this.#put(path, body);
    this.writeCount++;
    if (this.lostAnswers > 0) {
      this.lostAnswers--;
      throw new ApiError('API_TIMEOUT', 'the answer is lost');
    }
    return structuredClone(stored);
  }

  #put(path: string, body: unknown): Stored {
    const object = structuredClone(body) as Stored;
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
    const stored = { ...object, metadata };
    this.objects.set(path, stored);
    return stored;
  }
}

function twoWebhooks(): object {
  return {
    metadata: { name: 'any' },
    webhooks: ['one', 'two'].map((name) => ({ name, clientConfig: { service: { name: 'any' } } })),
  };
}

function status(code: number, reason: string): ApiError {
  return new ApiError('API_STATUS', `server says ${code}`, { status: code, reason });
}
