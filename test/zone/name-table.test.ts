/** The node table under names that collide, by chance or on purpose. */

import { describe, expect, test } from 'vitest';
import { type DomainName, parseName } from '../../src/dns/name.ts';
import { hashName, NameKey } from '../../src/dns/wire/name-key.ts';
import { type ImageNode, nameAt, nameOf, writeNode } from '../../src/zone/content/flat-node.ts';
import { findNode, getNode, NodeTableEdit, nodesOf } from '../../src/zone/content/node-table.ts';
import { space } from '../support/images.ts';

/** A table whose nodes have the hashes that we say: it believes them. */
function startTable() {
  const stamp = space.newEdit();
  const edit = new NodeTableEdit(space, stamp, [], undefined);
  const put = (name: DomainName, hash: number): ImageNode => {
    const content = { name, hash, flags: 0, fallback: 0, childCount: 0, rrsets: [] };
    const node = writeNode(space, stamp, content);
    edit.insert(node);
    return node;
  };
  return { edit, put };
}

const nameOfNumber = (at: number) => parseName(`n${at}.example.com.`);
const nameIn = (node: ImageNode) => nameOf(space.memory.bytes, nameAt(node));

describe('node table', () => {
  test('names of one hash, and of the next, are found, replaced and removed apart', () => {
    const names = Array.from({ length: 20 }, (_, at) => nameOfNumber(at));
    const hash = hashName(nameOfNumber(0));
    const { edit, put } = startTable();
    // The first is found by its real hash; the others stand in its way and behind it.
    const hashAt = (at: number) => (at % 3 === 2 ? hash + 1 : hash);
    const nodes = names.map((name, at) => put(name, hashAt(at)));
    expect(names.map((name, at) => edit.get(name, hashAt(at)))).toEqual(nodes);
    for (const at of [1, 2, 3, 4]) edit.remove(nodes[at] as ImageNode);
    const table = edit.finish();
    expect(table.nodeCount).toBe(16);
    const left = names.filter((_, at) => at === 0 || at > 4);
    expect([...nodesOf(table)].map(nameIn).sort()).toEqual(left.sort());
    expect(nameIn(getNode(table, nameOfNumber(0)))).toBe(nameOfNumber(0));
  });

  test('thousands of names in one slot do not grow the directory', () => {
    const { edit, put } = startTable();
    for (let at = 0; at < 3000; at++) put(nameOfNumber(at), 7);
    const table = edit.finish();
    expect(table.depth).toBeLessThan(10);
    expect(new Set(nodesOf(table)).size).toBe(3000);
  });

  test('find by key and by name agree, also for names that are not there', () => {
    const { edit, put } = startTable();
    for (let at = 0; at < 1000; at += 2) put(nameOfNumber(at), hashName(nameOfNumber(at)));
    const table = edit.finish();
    const key = new NameKey();
    for (let at = 0; at < 1000; at++) {
      key.setName(nameOfNumber(at));
      const node = findNode(table, key, 0);
      expect(node).toBe(getNode(table, nameOfNumber(at)));
      if (at % 2 === 0) expect(nameIn(node)).toBe(nameOfNumber(at));
      else expect(node).toBe(0);
    }
  });
});
