/**
 * What `fedns simulate` says that names would hold, and what they hold: in the same words, for
 * every name, so that the two can be compared.
 */

import { expect } from 'vitest';
import { ask, fedns, type Place } from '../running-fedns.ts';

/** Owner name -> `A 192.0.2.1 192.0.2.2`, `CNAME up.example.com.`, `nothing`, `no name`. */
export type Held = Readonly<Record<string, string>>;

interface Simulated {
  readonly suspectsSelf: boolean;
  readonly changes: readonly { readonly name: string; readonly after: string }[];
}

/** What all these names would hold; they hold what they hold now where nothing is said. */
export async function foretold(
  place: Place,
  given: {
    readonly down?: string;
    readonly names: readonly string[];
    /** `[CLUSTER=]FILE` each. */
    readonly files?: readonly string[];
  },
): Promise<Held> {
  const { down, names, files = [] } = given;
  const args = [
    ...['simulate', '--output', 'json'],
    ...(down === undefined ? [] : ['--down', down]),
    ...files.flatMap((file) => ['-f', file]),
  ];
  const { code, stdout, stderr } = await fedns(place, args);
  const goesEmpty = /"goesEmpty": true/.test(stdout);
  const said = goesEmpty ? expect.stringMatching(/^fedns: \d+ names would go empty\n$/) : '';
  expect({ code, stderr }).toEqual({ code: Number(goesEmpty), stderr: said });
  const { suspectsSelf, changes } = JSON.parse(stdout) as Simulated;
  expect(suspectsSelf).toBe(false);
  const told = changes.map(({ name, after }) => [name.replace(/\.$/, ''), inOrder(after)]);
  return { ...(await observed(place, names)), ...Object.fromEntries(told) };
}

export async function observed(place: Place, names: readonly string[]): Promise<Held> {
  const held = names.map(async (name) => [name, await heldAt(place, name)] as const);
  return Object.fromEntries(await Promise.all(held));
}

async function heldAt(place: Place, name: string): Promise<string> {
  const reply = await ask(place.port, name);
  if (reply === undefined) return 'silence';
  const [first] = reply.answers;
  if (first === undefined) return reply.rcode === 'NXDOMAIN' ? 'no name' : 'nothing';
  if (first.startsWith('CNAME ')) return `${first.replace(/\.$/, '')}.`;
  return inOrder(`A ${reply.answers.map((answer) => answer.replace('A ', '')).join(' ')}`);
}

function inOrder(held: string): string {
  const [type = '', ...rdatas] = held.split(' ');
  return [type, ...rdatas.sort()].join(' ');
}
