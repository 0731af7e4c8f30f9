/** A prober before addresses that behave as they are told, on vitest's fake clock. */

import { vi } from 'vitest';
import {
  AddressProber,
  PROBE_DEFAULTS,
  type ProbeSettings,
} from '../../src/probe/address-prober.ts';
import type { Finding } from '../../src/probe/asking/ask-address.ts';
import { type ProbeTarget, probeKey } from '../../src/probe/probe-target.ts';

/** `silent` never answers; the others are findings. */
export type Behaviour = Finding['kind'] | 'silent';

export interface FakeWorld {
  readonly prober: AddressProber;
  /** Each probe sent, in order. */
  readonly asked: { readonly address: string; readonly atMs: number }[];
  /** Each call of `onVerdict`. */
  readonly told: string[];
  /** Probes neither answered nor given up. */
  openCount(): number;
  openMax: number;
  /** What the owner does when told. */
  onTold: () => void;
  behave(address: string, behaviour: Behaviour): void;
}

const ANSWER_MS = 1;

export function fakeWorld(settings: Partial<ProbeSettings> = {}): FakeWorld {
  const behaviours = new Map<string, Behaviour>();
  const open = new Set<NodeJS.Timeout | symbol>();
  const asked: { address: string; atMs: number }[] = [];
  const told: string[] = [];
  const prober = new AddressProber({
    settings: { ...PROBE_DEFAULTS, ...settings },
    onVerdict: (key, { verdict, reason }) => {
      told.push(`${key} ${verdict}: ${reason}`);
      world.onTold();
    },
    // In the middle: periods are exact.
    random: () => 0.5,
    connect: ({ address }, tell) => {
      asked.push({ address, atMs: performance.now() });
      const kind = behaviours.get(address) ?? 'good';
      const answer =
        kind === 'silent'
          ? Symbol('never')
          : setTimeout(() => {
              open.delete(answer);
              tell({ kind, reason: kind });
            }, ANSWER_MS);
      open.add(answer);
      world.openMax = Math.max(world.openMax, open.size);
      return () => {
        open.delete(answer);
        if (typeof answer === 'object') clearTimeout(answer);
      };
    },
  });
  const world: FakeWorld = {
    prober,
    asked,
    told,
    openCount: () => open.size,
    openMax: 0,
    onTold: () => {},
    behave: (address, behaviour) => behaviours.set(address, behaviour),
  };
  return world;
}

export function tcp(address: string, port = 80): ProbeTarget {
  return { address, port, check: { kind: 'tcp' } };
}

/** As many as wanted, each its own. */
function addresses(count: number): string[] {
  return Array.from(
    { length: count },
    (_, index) => `198.${51 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
  );
}

export const some = (count: number) => addresses(count).map((address) => tcp(address));

export const mapOf = (targets: readonly ProbeTarget[]) =>
  new Map(targets.map((target) => [probeKey(target), target]));

export function pass(ms: number): void {
  vi.advanceTimersByTime(ms);
}
