/** What is done with one copy: every state of it against every wish. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type CopyFacts,
  type CopyInputs,
  planCopy,
} from '../../src/federation/copies/copy-plan.ts';

const OURS = 'uid/federatedconfigmaps.types.kubefed.io';
const copy: CopyFacts = {
  uid: 'u1',
  version: 'gen:1',
  labelsHash: 7,
  owner: OURS,
  managed: 'true',
  isDeleting: false,
};
const recorded = { uid: 'u1', version: 'gen:1', contentHash: 'h1', labelsHash: undefined };
const settled: CopyInputs = {
  deletion: 'none',
  isDeletionAsked: false,
  isPlaced: true,
  isReady: true,
  copy,
  recorded,
  content: { contentHash: 'h1', labelsHash: 7 },
  owner: OURS,
  target: { group: '', kind: 'ConfigMap' },
};
const deployment = { group: 'apps', kind: 'Deployment' };
const write = { kind: 'write', isEmptying: false };
const empty = { kind: 'write', isEmptying: true };
const none = { content: { contentHash: 'h2-0', labelsHash: 7 } };
const given = { content: { contentHash: 'h1', labelsHash: 7, givenHash: 7 } };
const quiet = { kind: 'nothing', status: undefined };
const status = (word: string) => ({ kind: 'nothing', status: word });
const remove = (isAsked: boolean) => ({ kind: 'remove', isAsked });
const release = (isAsked: boolean) => ({ kind: 'release', isAsked });
const gone = { copy: undefined, recorded: undefined };

const rows: readonly (readonly [what: string, given: Partial<CopyInputs>, want: object])[] = [
  ['as we wrote it', {}, status('')],
  ['not there', { copy: undefined }, write],
  ['drifted', { copy: { ...copy, version: 'gen:2' } }, write],
  ['wanted otherwise', { content: { contentHash: 'h2', labelsHash: 7 } }, write],
  ['to run nothing any more', none, empty],
  ['the same, and nobody knows what it ran', { ...none, recorded: undefined }, empty],
  ['the same, and not there', { ...none, copy: undefined }, write],
  [
    'the same, and it ran nothing before',
    { ...none, recorded: { ...recorded, contentHash: 'h1-0' } },
    write,
  ],
  [
    'as KubeFed left it, running nothing',
    { ...none, recorded: { ...recorded, contentHash: undefined } },
    write,
  ],
  ['relabelled there', { copy: { ...copy, labelsHash: 8 } }, write],
  [
    'labels as the member always makes them',
    { copy: { ...copy, labelsHash: 8 }, recorded: { ...recorded, labelsHash: 8 } },
    status(''),
  ],
  ['annotations of ours changed there', { copy: { ...copy, givenHash: 8 }, ...given }, write],
  ['annotations of ours taken off there', given, write],
  [
    'annotations of ours as they are to be',
    { copy: { ...copy, givenHash: 7 }, ...given },
    status(''),
  ],
  [
    'annotations of ours as the member always makes them',
    { copy: { ...copy, givenHash: 8 }, ...given, recorded: { ...recorded, givenHash: 8 } },
    status(''),
  ],
  ['annotations from before, of ours no more', { copy: { ...copy, givenHash: 7 } }, write],
  // There a generation tells of it, and what KubeFed wrote stays as it is.
  ['of a Deployment', { ...given, target: deployment }, status('')],
  ['written by KubeFed', { copy: { ...copy, owner: undefined } }, write],
  ['hands off', { copy: { ...copy, managed: 'false' } }, status('ManagedLabelFalse')],
  ['of another owner', { copy: { ...copy, owner: 'them/x' } }, status('OwnedByOther')],
  ['being deleted there', { copy: { ...copy, isDeleting: true } }, status('WaitingForRemoval')],
  ['cluster away', { isReady: false }, status('ClusterNotReady')],
  ['cluster away, not wanted there', { isReady: false, isPlaced: false }, quiet],
  ['not wanted', { isPlaced: false }, remove(false)],
  ['not wanted, nor there', { isPlaced: false, ...gone }, quiet],
  ['not wanted, another’s', { isPlaced: false, copy: { ...copy, owner: 'them/x' } }, quiet],
  ['not wanted, hands off', { isPlaced: false, copy: { ...copy, managed: 'false' } }, quiet],
  [
    'not wanted, only KubeFed’s mark',
    { isPlaced: false, copy: { ...copy, owner: undefined } },
    remove(false),
  ],
  [
    'not wanted, going',
    { isPlaced: false, copy: { ...copy, isDeleting: true } },
    status('WaitingForRemoval'),
  ],
  ['deleted', { deletion: 'delete', isDeletionAsked: true }, remove(true)],
  ['deleted with its namespace', { deletion: 'delete' }, remove(false)],
  [
    'deleted, not seen there: asked',
    { deletion: 'delete', isDeletionAsked: true, copy: undefined },
    remove(true),
  ],
  [
    'deleted with its namespace, not seen there',
    { deletion: 'delete', copy: undefined },
    remove(false),
  ],
  ['deleted, and gone', { deletion: 'delete', isDeletionAsked: true, ...gone }, quiet],
  [
    'deleted, cluster away',
    { deletion: 'delete', isDeletionAsked: true, isReady: false },
    status('ClusterNotReady'),
  ],
  [
    'deleted, cluster away, not known to be there: a write may have come through',
    { deletion: 'delete', isReady: false, ...gone },
    status('ClusterNotReady'),
  ],
  [
    'deleted, cluster away, never wanted there',
    { deletion: 'delete', isReady: false, isPlaced: false, ...gone },
    quiet,
  ],
  ['without the owner’s mark', { copy: { ...copy, owner: undefined } }, write],
  [
    'a Deployment without it, found right under its uid: with its next change',
    { copy: { ...copy, owner: undefined }, target: deployment },
    status(''),
  ],
  [
    'the same, but another object than the one found right',
    { copy: { ...copy, owner: undefined, uid: 'other' }, target: deployment },
    write,
  ],
  ['orphaned', { deletion: 'orphan' }, release(true)],
  ['its object is gone', { deletion: 'gone' }, release(false)],
  [
    'its object is gone, only KubeFed’s mark: another federation’s, perhaps',
    { deletion: 'gone', copy: { ...copy, owner: undefined } },
    quiet,
  ],
];

it.each(rows)('%s', (_what, given, want) => {
  expect(planCopy({ ...settled, ...given })).toMatchObject(want);
});

it('what bears another owner, or no mark, is never removed or released', () => {
  const inputs = fc.record({
    deletion: fc.constantFrom('none', 'delete', 'orphan', 'gone'),
    isDeletionAsked: fc.boolean(),
    isPlaced: fc.boolean(),
    isReady: fc.boolean(),
    managed: fc.constantFrom('true', 'false', undefined),
    owner: fc.constantFrom(undefined, OURS, 'them/x'),
    isDeleting: fc.boolean(),
    wasRecorded: fc.boolean(),
  });
  fc.assert(
    fc.property(inputs, ({ managed, owner, isDeleting, wasRecorded, ...rest }) => {
      const plan = planCopy({
        ...settled,
        ...rest,
        copy: { ...copy, managed, owner, isDeleting },
        recorded: wasRecorded ? recorded : undefined,
      });
      const isForeign = managed !== 'true' || owner === 'them/x';
      if (isForeign) expect(['nothing', 'write']).toContain(plan.kind);
      if (owner === 'them/x') expect(plan.kind).toBe('nothing');
      if (!rest.isReady) expect(plan.kind).toBe('nothing');
    }),
  );
});
