/** A list in a YAML text gains and loses items, and nothing else of the text is another. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { addToYamlList, removeFromYamlList } from '../../src/api/yaml/edit-yaml-list.ts';

const PATH = ['members', 'list'] as const;
const ITEM = { name: 'north', kubeconfig: 'n.kubeconfig' };
const LINE = '{name: north, kubeconfig: n.kubeconfig}';

const COMMENTED = `# ours
listen:   ["127.0.0.1:53"] # odd spaces stay

members:
    # who
    list:
      - east # the first
      - name: west   # by hand
        zones: [b]

      # behind all
    select: 'load-balancers'
log: {level: info}
`;

describe('an item is added', () => {
  it.each([
    ['block', 'members:\n  list:\n    - east\n', `members:\n  list:\n    - east\n    - ${LINE}\n`],
    [
      'less indented',
      'members:\n  list:\n  - east\n',
      `members:\n  list:\n  - east\n  - ${LINE}\n`,
    ],
    ['flow', 'members: {list: [east]}\n', `members: {list: [east, ${LINE}]}\n`],
    ['no last newline', 'members:\n  list: [east]', `members:\n  list: [east, ${LINE}]`],
    ['empty', 'members:\n  list: []\n', `members:\n  list: [${LINE}]\n`],
    [
      'nothing said',
      'members:\n  list:\n  select: x\n',
      `members:\n  list: [${LINE}]\n  select: x\n`,
    ],
    ['no list', 'members:\n  select: x\n', `members:\n  list:\n    - ${LINE}\n  select: x\n`],
    ['no members', '# c\nlisten: []\n', `# c\nlisten: []\nmembers:\n  list:\n    - ${LINE}\n`],
    ['members alone', 'members:\nlog: {}\n', `members:\n  list:\n    - ${LINE}\nlog: {}\n`],
    ['nothing', '', `members:\n  list:\n    - ${LINE}\n`],
    [
      'JSON',
      '{"members":{"list":["east"]}}',
      `{"members":{"list":["east", ${JSON.stringify(ITEM)}]}}`,
    ],
    ['JSON without', '{"a":1}', `{"members": {"list": [${JSON.stringify(ITEM)}]}, "a":1}`],
    ['JSON, empty', '{"members":{}}', `{"members":{"list": [${JSON.stringify(ITEM)}]}}`],
  ])('%s', (_what, text, want) => {
    expect(addToYamlList(text, PATH, ITEM)).toBe(want);
  });

  it('beside comments and odd layout', () => {
    const added = addToYamlList(COMMENTED, PATH, ITEM) ?? '';
    expect(added).toBe(COMMENTED.replace('zones: [b]\n', `zones: [b]\n      - ${LINE}\n`));
  });

  it.each([
    ['an alias', 'a: &a [x]\nmembers: {list: *a}\n'],
    ['a text', 'members: {list: east}\n'],
    ['members are a list', 'members: [east]\n'],
    ['no YAML', 'members: {list: [\n'],
  ])('not to %s', (_what, text) => {
    expect(addToYamlList(text, PATH, ITEM)).toBeUndefined();
  });
});

describe('an item is removed', () => {
  it.each([
    ['the first', 0, COMMENTED.replace('      - east # the first\n', '')],
    ['the last', 1, COMMENTED.replace('      - name: west   # by hand\n        zones: [b]\n', '')],
  ])('%s of a block', (_what, index, want) => {
    expect(removeFromYamlList(COMMENTED, PATH, index)).toBe(want);
  });

  it.each([
    ['members: {list: [a, b, c]}', 0, 'members: {list: [b, c]}'],
    ['members: {list: [a, b, c]}', 1, 'members: {list: [a, c]}'],
    ['members: {list: [a, b, c]}', 2, 'members: {list: [a, b]}'],
    ['members: {list: [a]}', 0, 'members: {list: []}'],
    ['members:\n  list: # c\n    - a\nlog: {}\n', 0, 'members:\n  list: [] # c\nlog: {}\n'],
  ])('%s, %i', (text, index, want) => {
    expect(removeFromYamlList(text, PATH, index)).toBe(want);
  });
});

it('whatever the text, only the list is another', () => {
  const word = fc.stringMatching(/^[a-z]{1,6}$/);
  const member = fc.oneof(
    word,
    fc.record({ name: word, zones: fc.array(word, { maxLength: 2 }) }, { noNullPrototype: true }),
  );
  const config = fc.record(
    {
      listen: fc.array(word, { maxLength: 2 }),
      members: fc.record(
        { list: fc.array(member, { maxLength: 3 }), select: word },
        { requiredKeys: [], noNullPrototype: true },
      ),
      log: fc.record({ level: word }, { noNullPrototype: true }),
    },
    { requiredKeys: [], noNullPrototype: true },
  );
  const styles = fc.constantFrom('block', 'flow', 'any' as const);
  fc.assert(
    fc.property(config, styles, member, (value, collectionStyle, item) => {
      const text = stringify(value, { collectionStyle: collectionStyle as 'block' });
      const list = value.members?.list ?? [];
      const added = addToYamlList(text, PATH, item) ?? '';
      expect(parse(added)).toEqual({
        ...value,
        members: { ...value.members, list: [...list, item] },
      });
      const back = removeFromYamlList(added, PATH, list.length) ?? '';
      expect(parse(back)).toEqual({ ...value, members: { ...value.members, list } });
    }),
    { numRuns: 300 },
  );
});
