/**
 * Conditions of objects of a host: waited for until status, reason and message are as they should be,
 * and noted for the page.
 */

import { expect } from 'vitest';
import { eventually } from '../eventually.ts';
import type { Federation } from '../federation.ts';
import { factsOf, readPage, type SeenMessages, sectionText, writeSection } from './page.ts';
import type { AllReasons, Section } from './reason-facts.ts';

export interface ObjectsAt {
  /** As kubectl takes it. */
  readonly kind: string;
  readonly namespace: string;
}

/** Until the object says so. `message`: exactly, or what it matches. */
export type Says<S extends Section> = <Type extends keyof AllReasons[S] & string>(
  name: string,
  type: Type,
  reason: keyof AllReasons[S][Type] & string,
  message: string | RegExp,
  limitMs?: number,
) => Promise<void>;

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message?: string;
  readonly observedGeneration?: number;
}

export class ToldConditions {
  readonly #federation: () => Federation;
  readonly #seen = new Map<Section, Map<string, string>>();

  constructor(federation: () => Federation) {
    this.#federation = federation;
  }

  of<S extends Section>(section: S, { kind, namespace }: ObjectsAt): Says<S> {
    const seen = this.#seen.get(section) ?? new Map<string, string>();
    this.#seen.set(section, seen);
    return async (name, type, reason, message, limitMs) => {
      const id = `${type} ${reason}`;
      const wanted = { type, reason, status: factsOf(section).get(id)?.status };
      const said = await eventually(
        () => this.#condition(kind, namespace, name, type),
        (one) => isSo(one, message) && one.reason === reason && one.status === wanted.status,
        limitMs,
      );
      expect(said).toMatchObject(wanted);
      // The first one is the example: others are variants.
      if (!seen.has(id)) seen.set(id, said?.message ?? '');
    };
  }

  /** Every reason of these sections was said, and the page has it so. */
  expectPage(): void {
    for (const [section, seen] of this.#seen) {
      expect([...factsOf(section).keys()].filter((id) => !seen.has(id))).toEqual([]);
      this.#checkSection(section, seen);
    }
  }

  #checkSection(section: Section, seen: SeenMessages): void {
    const text = sectionText(section, seen);
    if (process.env['UPDATE_CONDITION_REASONS'] !== undefined) writeSection(section, text);
    expect(readPage().get(section)).toBe(text);
  }

  /** undefined: it says nothing of the kind, or of an older generation. */
  async #condition(
    kind: string,
    namespace: string,
    name: string,
    type: string,
  ): Promise<Condition | undefined> {
    const { metadata, status } = await this.#federation().get('host', [
      ...[kind, name, '-n', namespace],
    ]);
    const conditions: readonly Condition[] = (status?.conditions ?? []) as readonly Condition[];
    const said = conditions.find((one) => one.type === type);
    const generation = said?.observedGeneration ?? metadata.generation;
    return generation === metadata.generation ? said : undefined;
  }
}

function isSo(said: Condition | undefined, message: string | RegExp): said is Condition {
  if (said === undefined) return false;
  const text = said.message ?? '';
  return typeof message === 'string' ? text === message : message.test(text);
}

/** What `kubectl get` shows: name -> title of the column -> cell. */
export async function columnsOf(
  { host }: Federation,
  { kind, namespace }: ObjectsAt,
): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
  const text = await host.kubectl(['get', kind, '-n', namespace]);
  const [head = '', ...rows] = text.trimEnd().split('\n');
  const columns = [...head.matchAll(/\S+/g)];
  return Object.fromEntries(
    rows.map((row) => {
      const cells = columns.map(({ 0: title, index }, at) => {
        return [title, row.slice(index, columns[at + 1]?.index).trim()];
      });
      return [row.split(/\s/)[0], Object.fromEntries(cells)];
    }),
  );
}
