/** Revisions by the hash of their key: as a Map of keys has them, whatever is put and taken. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KeyRevisions, keyId } from '../../src/store/etcd/key-revisions.ts';

const key = fc.oneof(
  fc.nat(40).map((number) => `/skydns/com/example/name-${number}`),
  fc.string({ unit: 'binary-ascii', maxLength: 12 }),
);
const revision = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const command = fc.oneof(fc.record({ set: key, to: revision }), fc.record({ delete: key }));

it('as a Map', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 300 }), fc.array(key), (commands, others) => {
      const [ours, naive] = [new KeyRevisions(), new Map<string, number>()];
      for (const one of commands) {
        if ('set' in one) {
          ours.set(one.set, one.to);
          naive.set(one.set, one.to);
        } else {
          ours.delete(one.delete);
          naive.delete(one.delete);
        }
      }
      expect(ours.size).toBe(naive.size);
      for (const each of [...naive.keys(), ...others]) expect(ours.get(each)).toBe(naive.get(each));
    }),
  );
});

it('an audit tells what differs, and by its hash what was not seen', () => {
  const pairs = fc.uniqueArray(fc.tuple(key, revision), { selector: ([each]) => each });
  fc.assert(
    fc.property(pairs, pairs, (known, there) => {
      const ours = new KeyRevisions();
      for (const [each, at] of known) ours.set(each, at);
      ours.beginAudit();
      const other = there.filter(([each, at]) => !ours.see(each, at));
      expect(other).toEqual(there.filter(([each, at]) => ours.get(each) !== at));
      const named = new Set(there.map(([each]) => each));
      const gone = known.filter(([each]) => !named.has(each)).map(([each]) => keyId(each));
      expect(ours.unseen().sort()).toEqual(gone.sort());
      for (const [each, at] of known) expect(ours.get(each)).toBe(at);
    }),
  );
});

it('300,000 keys, a third of them gone again, side by side in their slots', () => {
  const ours = new KeyRevisions();
  const name = (number: number) => `/skydns/com/example/svc/fed/ns-${number % 100}/web-${number}`;
  for (let number = 0; number < 300_000; number++) ours.set(name(number), number + 1);
  for (let number = 0; number < 300_000; number += 3) ours.delete(name(number));
  expect(ours.size).toBe(200_000);
  let wrongCount = 0;
  for (let number = 0; number < 300_000; number++) {
    const wanted = number % 3 === 0 ? undefined : number + 1;
    if (ours.get(name(number)) !== wanted) wrongCount++;
  }
  expect(wrongCount).toBe(0);
});
