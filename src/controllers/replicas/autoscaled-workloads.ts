/**
 * The workloads that a federated autoscaler targets: their replicas are the members' as long as it
 * does. By the templates of FederatedHorizontalPodAutoscalers; what a single cluster overrides of them
 * is not looked at.
 *
 * Source: specs of Federation v1, 1.7, HPA, which marked the target instead.
 */

import type { FederatedObject } from '../../api/kubefed/federated-object.ts';
import {
  type AutoscalerTarget,
  autoscalerTarget,
  SCALED_TYPES,
} from '../../federation/replicas/autoscaler-target.ts';
import { SHARED_AUTOSCALERS } from '../../federation/replicas/shared-kinds.ts';
import type { FollowedCollection } from '../../kubernetes/reconciling/followed-collection.ts';
import { AUTOSCALERS_PATIENCE_MS } from '../limits.ts';

export interface AutoscaledWorkloadsOptions {
  /** Of a type config; undefined: not known yet. */
  readonly engineOf: (type: string) => Autoscalers | 'none' | undefined;
  /** A workload is targeted, or is no more. */
  readonly onTurn: (type: string, key: string) => void;
}

interface Autoscalers {
  readonly objects: Pick<FollowedCollection<FederatedObject>, 'hasSynced' | 'get'>;
}

export class AutoscaledWorkloads {
  readonly #options: AutoscaledWorkloadsOptions;
  /** Key of an autoscaler -> what it targets. */
  readonly #targets = new Map<string, AutoscalerTarget>();
  /** Target -> keys of its autoscalers. */
  readonly #autoscalers = new Map<string, Set<string>>();
  #unknownSinceMs: number | undefined;

  constructor(options: AutoscaledWorkloadsOptions) {
    this.#options = options;
  }

  /** undefined: the autoscalers were not read yet. */
  isAutoscaled(type: string, key: string): boolean | undefined {
    if (!SCALED_TYPES.has(type)) return false;
    const engine = this.#options.engineOf(SHARED_AUTOSCALERS.type);
    if (engine !== 'none' && engine?.objects.hasSynced !== true) {
      const nowMs = performance.now();
      this.#unknownSinceMs ??= nowMs;
      // Their type is not defined, or not ours to read: workloads do not wait for that.
      return nowMs - this.#unknownSinceMs < AUTOSCALERS_PATIENCE_MS ? undefined : false;
    }
    this.#unknownSinceMs = undefined;
    return this.#autoscalers.has(idOf({ type, key }));
  }

  /** A federated autoscaler came, went, or says something else. */
  autoscalerChanged(key: string): void {
    const engine = this.#options.engineOf(SHARED_AUTOSCALERS.type);
    const object = engine === undefined || engine === 'none' ? undefined : engine.objects.get(key);
    const before = this.#targets.get(key);
    const target = object && autoscalerTarget(object);
    if (before?.type === target?.type && before?.key === target?.key) return;
    if (before !== undefined) this.#forget(key, before);
    if (target !== undefined) this.#add(key, target);
  }

  /** Its type runs, or does not any more. */
  typesChanged(): void {
    for (const key of [...this.#targets.keys()]) this.autoscalerChanged(key);
  }

  #add(key: string, target: AutoscalerTarget): void {
    const id = idOf(target);
    const keys = this.#autoscalers.get(id) ?? new Set();
    this.#targets.set(key, target);
    this.#autoscalers.set(id, keys.add(key));
    if (keys.size === 1) this.#options.onTurn(target.type, target.key);
  }

  #forget(key: string, target: AutoscalerTarget): void {
    const id = idOf(target);
    const keys = this.#autoscalers.get(id);
    this.#targets.delete(key);
    keys?.delete(key);
    if (keys?.size !== 0) return;
    this.#autoscalers.delete(id);
    this.#options.onTurn(target.type, target.key);
  }
}

function idOf({ type, key }: AutoscalerTarget): string {
  return `${type} ${key}`;
}
