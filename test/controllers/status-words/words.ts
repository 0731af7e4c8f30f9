/**
 * The words of a Federated<Kind>'s status, each with what it means and what to do about it. The page
 * deploy/status-words.md is made of them and of the tests in which each was seen.
 */

import type { CopyStatus } from '../../../src/federation/copies/copy-plan.ts';
import type { PropagationReason } from '../../../src/federation/propagation-status.ts';

export type Word = Exclude<CopyStatus | PropagationReason, ''>;

interface WordFacts {
  readonly of: 'copy' | 'object';
  readonly means: string;
  readonly todo: string;
}

const copy = (means: string, todo: string) => ({ of: 'copy', means, todo }) as const;
const object = (means: string, todo: string) => ({ of: 'object', means, todo }) as const;

const IT_IS_TRIED = 'it is tried again by itself, after 5 s to a minute';
const MESSAGE = 'read the message: it is the member’s own';
const SLOW = 'look at how long the member takes to answer, and at its admission webhooks';

/** A word without an entry here is no word: the compiler says so. */
export const WORDS: Readonly<Record<Word, WordFacts>> = {
  AlreadyExists: copy(
    'the member has an object of that name that is not ours, and `syncController.adoptResources` of the KubeFedConfig is `Disabled`',
    'delete it there, or allow adoption',
  ),
  ApplyOverridesFailed: copy(
    'an override does not fit the object, or cannot be read',
    'correct the override that the message names',
  ),
  CachedRetrievalFailed: copy(
    'the member is ready, but its objects of this type cannot be listed: it lacks the type, or our account there the right',
    'install the definition in the member, or give the account the right',
  ),
  CheckClusters: object('a copy is not well', 'look at `status.clusters`'),
  ClientRetrievalFailed: copy(
    'the member is ready by its KubeFedCluster, and its Secret or its address cannot be used',
    'restore the Secret, or `fedns join` it again',
  ),
  ClusterNotReady: copy(
    'the member’s KubeFedCluster is not Ready: the copy stays as it is there',
    'see the conditions of the KubeFedCluster',
  ),
  ClusterRetrievalFailed: object(
    'KubeFedClusters or their Secrets cannot be read since the control plane started: nothing is written anywhere',
    'give the control plane’s account the rights of the chart in its namespace',
  ),
  ComputePlacementFailed: object(
    'its placement, or that of its FederatedNamespace, cannot be read: copies stay as they are',
    'correct the field that the message names',
  ),
  ComputeResourceFailed: copy(
    'its template, or a part that we write into, is no object',
    'correct the field that the message names',
  ),
  CreationFailed: copy('the member refuses to make it', `${MESSAGE}; ${IT_IS_TRIED}`),
  CreationTimedOut: copy('it is being made for more than 30 s', `${SLOW}; ${IT_IS_TRIED}`),
  DeletionFailed: copy('the member refuses to delete it', `${MESSAGE}; ${IT_IS_TRIED}`),
  DeletionTimedOut: copy('it is being deleted for more than 30 s', `${SLOW}; ${IT_IS_TRIED}`),
  FieldRetentionFailed: copy(
    'what the member owns of it (addresses and ports of a Service, replicas, a generated selector) has no place in the template',
    'correct the field that the message names',
  ),
  InvalidName: object(
    'a FederatedNamespace whose name is not that of its namespace: it federates none',
    'make one of the right name, and delete this one',
  ),
  LabelRemovalFailed: copy(
    'the copy is to stay without our marks, and the member refuses to take them off',
    `${MESSAGE}; ${IT_IS_TRIED}`,
  ),
  LabelRemovalTimedOut: copy(
    'our marks are being taken off for more than 30 s',
    `${SLOW}; ${IT_IS_TRIED}`,
  ),
  ManagedLabelFalse: copy(
    'the copy bears `kubefed.io/managed: "false"` there: hands off',
    'take the label off, if it is to be ours again',
  ),
  NamespaceKept: copy(
    'it is wanted there no more, and stays without our marks: it was there before us, or holds what is not ours',
    'nothing, or delete it there',
  ),
  NamespaceNotFederated: object(
    'its namespace has no FederatedNamespace: it is wanted nowhere',
    '`fedns federate namespace`',
  ),
  OwnedByOther: copy(
    'another federation, or another type of ours, owns the object of that name',
    'give one of the two another name; or delete the other’s',
  ),
  Paused: copy('it would be written, and its owner has paused it', '`fedns resume`'),
  RemovalHeld: copy(
    'it would go with many others, or with its namespace or type: kept until a person says so',
    'undo what takes it away, or `fedns accept` the id in the message',
  ),
  RetrievalFailed: copy(
    'the copy cannot be read before it is written',
    `${MESSAGE}; ${IT_IS_TRIED}`,
  ),
  RolloutPending: copy(
    'another member’s turn in its rollout is not over',
    'nothing, or see the member that is not well',
  ),
  SharePending: copy(
    'clusters share it, and no share of this one is planned',
    'see the conditions of the object',
  ),
  SystemNamespace: object(
    'a FederatedNamespace in default, kube-system and the like, or in the namespace of the control plane: those are never federated',
    'delete it',
  ),
  UpdateFailed: copy(
    'the member refuses the change; or others change the copy again and again, and it is brought back ever more seldom, up to once a minute',
    `${MESSAGE}, or find the other writer by \`metadata.managedFields\` of the copy; ${IT_IS_TRIED}`,
  ),
  UpdateTimedOut: copy('it is being changed for more than 30 s', `${SLOW}; ${IT_IS_TRIED}`),
  VersionRetrievalFailed: copy(
    'PropagatedVersions cannot be read since the control plane started: nothing is written anywhere',
    'install their definition, or give the control plane’s account the right to list them',
  ),
  WaitingForRemoval: copy(
    'it is being deleted in the member, and something there holds it',
    'see its finalizers there, and of a namespace what is left in it',
  ),
};

/** `seen`: word -> the test that it was seen in. */
export function pageOf(seen: ReadonlyMap<Word, string>): string {
  const rows = (Object.keys(WORDS) as Word[]).sort().map((word) => {
    const { of, means, todo } = WORDS[word];
    const where = of === 'copy' ? '`status.clusters[].status`' : 'reason of `Propagation`';
    return `| ${word} | ${where} | ${means} | ${todo} | ${seen.get(word)} |`;
  });
  return `${HEAD}\n${rows.join('\n')}\n`;
}

const HEAD = `# The words of a federated object's status

Of each member in \`status.clusters[].status\`, with a message beside it; a copy that is well has none.
Of the object in the reason of its condition \`Propagation\`, which has none while all copies are well.
KubeFed's words, and eight of ours: InvalidName, NamespaceKept, OwnedByOther, Paused, RemovalHeld,
RolloutPending, SharePending, SystemNamespace.

The table is written by the tests that provoke each word on real API servers
(\`test/controllers/status-words\`, with \`UPDATE_STATUS_WORDS=1\`), and a word that none provokes fails them.

| word | where | means | what to do | provoked by the test |
| --- | --- | --- | --- | --- |`;
