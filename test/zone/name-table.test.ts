/** The node table under names that collide, by chance or on purpose. */

import { describe, expect, test } from 'vitest';
import { type DomainName, parseName } from '../../src/dns/name.ts';
import { hashName, NameKey } from '../../src/dns/wire/name-key.ts';
import type { ImageNode } from '../../src/zone/content/image-node.ts';
import {
  EMPTY_TABLE,
  findNode,
  getNode,
  NodeTableEdit,
} from '../../src/zone/content/node-table.ts';

/** A node whose hash is what we say: the table believes it. */
function nodeAt(name: DomainName, hash: number): ImageNode {
  return {
    name,
    hash,
    rrsets: [],
    isStored: true,
    childCount: 0,
    hasWildcardChild: false,
    isCut: false,
    fallback: undefined,
  };
}

const nameOf = (at: number) => parseName(`n${at}.example.com.`);

describe('node table', () => {
  test('names of one hash, and of the next, are found, replaced and removed apart', () => {
    const names = Array.from({ length: 20 }, (_, at) => nameOf(at));
    const hash = hashName(nameOf(0));
    const edit = new NodeTableEdit(EMPTY_TABLE);
    // The first is found by its real hash; the others stand in its way and behind it.
    for (const [at, name] of names.entries())
      edit.put(nodeAt(name, at % 3 === 2 ? hash + 1 : hash));
    expect(edit.get(nameOf(0))?.name).toBe(nameOf(0));
    for (const at of [1, 2, 3, 4]) edit.remove(nodeAt(nameOf(at), at === 2 ? hash + 1 : hash));
    const table = edit.finish();
    expect(table.nodeCount).toBe(16);
    const left = [...(table.directory[0]?.nodes.values() ?? [])].map((node) => node.name).sort();
    expect(left).toEqual(names.filter((_, at) => at === 0 || at > 4).sort());
  });

  test('thousands of names in one slot do not grow the directory', () => {
    const edit = new NodeTableEdit(EMPTY_TABLE);
    // Equal low bits in every number: only the probing tells them apart.
    for (let at = 0; at < 3000; at++) edit.put(nodeAt(nameOf(at), 7));
    expect(edit.finish().directory.length).toBeLessThan(1000);
  });

  test('find by key and by name agree, also for names that are not there', () => {
    const edit = new NodeTableEdit(EMPTY_TABLE);
    for (let at = 0; at < 1000; at += 2) edit.put(nodeAt(nameOf(at), hashName(nameOf(at))));
    const table = edit.finish();
    const key = new NameKey();
    for (let at = 0; at < 1000; at++) {
      key.setName(nameOf(at));
      expect(findNode(table, key, 0)).toBe(getNode(table, nameOf(at)));
      expect(findNode(table, key, 0)?.name).toBe(at % 2 === 0 ? nameOf(at) : undefined);
    }
  });
});
