/**
 * ZoneSerials: the SOA serial of each zone = base + offset + the store revision at which the
 * zone's keys last changed, mod 2^32 (RFC 1982). Base: the overlay file's serial, or Unix time for
 * a memory store, whose revisions begin anew with each process. Offset: a key in the store.
 *
 * Promised: one serial never has two contents, and it never goes back in this process. Where the
 * formula would go back (a restored store), the serial is the last one + 1, and `offsetWanted`
 * says what to write so that every replica agrees.
 */

import type { DomainName } from '../../dns/name.ts';
import { ControlKeys, controlNumber, zoneOfSubject } from '../control/control-keys.ts';
import type { RecordStore, StoreChange } from '../record-store.ts';

export interface SerialStep {
  readonly serial: number;
  /** Offset that the store should have for this zone; undefined: all is well. */
  readonly offsetWanted: number | undefined;
}

export class ZoneSerials {
  readonly #keys: ControlKeys;
  readonly #offsets = new Map<DomainName, { readonly offset: number; readonly revision: number }>();
  readonly #served = new Map<DomainName, number>();

  constructor(controlPrefix?: string) {
    this.#keys = new ControlKeys(controlPrefix);
  }

  /** Takes in `ViewUpdate.control`. */
  applyControl(control: readonly StoreChange[]): void {
    for (const { key, stored } of control) {
      const parsed = this.#keys.parse(key);
      const apex = parsed?.kind === 'serial' ? zoneOfSubject(parsed.subject) : undefined;
      if (apex === undefined) continue;
      const offset = controlNumber(stored?.value ?? '', 'offset') ?? 0;
      this.#offsets.set(apex, { offset, revision: stored?.modRevision ?? 0 });
    }
  }

  /** The serial served before this process began (the local snapshot's): never below it. */
  resumeFrom(apex: DomainName, serial: number): void {
    this.#served.set(apex, serial >>> 0);
  }

  /** `hasChanged`: the content differs from what the last serial stood for. */
  next(
    apex: DomainName,
    now: { readonly base: number; readonly revision: number; readonly hasChanged: boolean },
  ): SerialStep {
    const offset = this.#offsets.get(apex)?.offset ?? 0;
    const wanted = serialOf(now.base, offset, now.revision);
    const last = this.#served.get(apex);
    if (last === undefined || isNewerSerial(wanted, last)) {
      this.#served.set(apex, wanted);
      return { serial: wanted, offsetWanted: undefined };
    }
    if (!now.hasChanged) return { serial: last, offsetWanted: undefined };
    const serial = (last + 1) >>> 0;
    this.#served.set(apex, serial);
    return { serial, offsetWanted: offset + ((serial - wanted) >>> 0) };
  }

  /** Writes the offset that `next` wants. False: another replica did, or the key moved. */
  async writeOffset(store: RecordStore, apex: DomainName, offset: number): Promise<boolean> {
    const key = this.#keys.ofZone('serial', apex);
    const modRevision = this.#offsets.get(apex)?.revision ?? 0;
    const outcome = await store.commit({
      compares: [{ key, modRevision }],
      puts: [{ key, value: JSON.stringify({ offset }) }],
      deletes: [],
    });
    return outcome.kind === 'committed';
  }
}

export function serialOf(base: number, offset: number, revision: number): number {
  // Each below 2^53; the sum is taken modulo 2^32 term by term to stay exact.
  const modulus = 2 ** 32;
  return ((base % modulus) + (offset % modulus) + (revision % modulus)) % modulus;
}

/** RFC 1982 section 3.2; a distance of exactly 2^31 is no order, so not newer. */
export function isNewerSerial(candidate: number, than: number): boolean {
  const distance = (candidate - than) >>> 0;
  return distance > 0 && distance < 2 ** 31;
}
