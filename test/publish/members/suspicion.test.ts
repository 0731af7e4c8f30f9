/** When it is rather we who are cut off: by member, whoever owns how many addresses. */

import { describe, expect, it } from 'vitest';
import { parseName } from '../../../src/dns/name.ts';
import type { MemberRegistry } from '../../../src/members/registry.ts';
import { ShardBook } from '../../../src/publish/book/shard-book.ts';
import { FederationView } from '../../../src/publish/seen/federation-view.ts';
import { SeenMembers } from '../../../src/publish/seen/seen-members.ts';

type Api = 'fresh' | 'doubt' | 'lost' | 'never seen' | 'lost, in the book' | 'being read';
/** Addresses up, in doubt (of those up), down. */
type Probed = readonly [up: number, inDoubt: number, down: number];

function viewOf(apis: readonly Api[], probed: readonly Probed[]): FederationView {
  const book = new ShardBook({ controlPrefix: '/fedns/', contributor: 'w' });
  const joined = apis.map((api, at): [string, unknown] => {
    if (api === 'lost, in the book' || api === 'being read') {
      book.setLocality(`c${at}`, { region: 'r', topologyZones: [] });
    }
    const status = {
      api: api === 'fresh' || api === 'doubt' ? 'fresh' : 'lost',
      isInDoubt: api === 'doubt',
      answers: api === 'fresh' || api === 'being read',
      hasSynced: !['never seen', 'lost, in the book', 'being read'].includes(api),
    };
    return [`c${at}`, { spec: { allow: [] }, member: { status } }];
  });
  const registry = { joined: new Map(joined), isPerhaps: () => false, isComplete: true };
  return new FederationView({
    seen: new SeenMembers(registry as unknown as MemberRegistry),
    book,
    naming: { federation: 'f', domain: parseName('example.'), zoneNames: 'nested' },
    ttlSeconds: 60,
    allow: [],
    suspectShare: 0.7,
    probed: () =>
      new Map(probed.map(([up, inDoubt, down], at) => [`c${at}`, { up, inDoubt, down }])),
    onProblem: () => undefined,
  });
}

const WELL: Probed = [2, 0, 0];
const DEAD: Probed = [0, 0, 2];

describe('we suspect ourselves', () => {
  const rows: readonly (readonly [string, readonly Api[], readonly Probed[], boolean, boolean])[] =
    [
      ['all well', ['fresh', 'fresh', 'fresh'], [WELL, WELL, WELL], false, false],
      ['one of three lost', ['lost', 'fresh', 'fresh'], [DEAD, WELL, WELL], false, false],
      ['a region, two of three', ['lost', 'lost', 'fresh'], [DEAD, DEAD, WELL], false, false],
      ['all lost', ['lost', 'lost', 'lost'], [], true, true],
      ['the first lost, the others in doubt', ['lost', 'doubt', 'doubt'], [], true, false],
      ['all addresses silent', ['fresh', 'fresh', 'fresh'], [DEAD, DEAD, DEAD], true, true],
      [
        'all in doubt',
        ['fresh', 'fresh', 'fresh'],
        [
          [2, 2, 0],
          [2, 2, 0],
          [2, 2, 0],
        ],
        true,
        false,
      ],
      [
        'who owns most addresses dies',
        ['lost', 'fresh', 'fresh'],
        [[0, 0, 80], WELL, WELL],
        false,
        false,
      ],
      [
        'few of each are down',
        ['fresh', 'fresh', 'fresh'],
        [
          [9, 0, 1],
          [9, 0, 1],
          [9, 0, 1],
        ],
        false,
        false,
      ],
      ['never seen says nothing', ['never seen', 'never seen', 'lost', 'fresh'], [], false, false],
      ['lost since before our start', ['lost, in the book', 'lost, in the book'], [], true, true],
      ['a start that reads them', ['being read', 'being read', 'being read'], [], true, false],
      [
        'a start that reads all but a dead one',
        ['lost, in the book', 'being read'],
        [],
        true,
        false,
      ],
      [
        'lost, others being read',
        ['lost, in the book', 'lost, in the book', 'lost, in the book', 'being read'],
        [],
        true,
        true,
      ],
      ['one member, its addresses silent', ['fresh'], [DEAD], false, false],
      ['nobody', [], [], false, false],
    ];
  it.each(rows)('%s', (_name, apis, probed, suspects, isCutOff) => {
    const view = viewOf(apis, probed);
    expect({ suspects: view.suspectsSelf, isCutOff: view.isCutOff }).toEqual({
      suspects,
      isCutOff,
    });
  });
});
