/**
 * The members of a federation, asked side by side: reached as the control plane reaches them, by the
 * token in the host's Secret, or by a context of the kubeconfig that bears the member's name. One
 * that does not answer is told, and the others are heard.
 */

import { objectPath } from '../../../api/kubefed/api-resource.ts';
import { readKubeFedCluster, readSecretToken } from '../../../api/kubefed/kubefed-cluster.ts';
import { SECRET_RESOURCE } from '../../../federation/joining/member-objects.ts';
import { ApiError } from '../../../kubernetes/api-error.ts';
import type { ClusterAccess } from '../../../kubernetes/cluster-access.ts';
import { KubeconfigError } from '../../../kubernetes/kubeconfig.ts';
import { kubefedAccess } from '../../../members/host/kubefed-access.ts';
import { complain } from '../../output.ts';
import {
  type ClusterClient,
  getOrNone,
  type HostCluster,
  type HostPlace,
  reach,
  words,
} from '../host-cluster.ts';
import type { RegisteredMember } from './host-members.ts';

export interface MemberFlags extends HostPlace {
  readonly cluster?: readonly string[];
  readonly memberContexts?: readonly string[];
}

export const MEMBER_OPTIONS = {
  cluster: ['--cluster <names>', 'only of these members', words],
  contexts: [
    '--member-contexts <contexts>',
    "of members to be asked as these contexts say, not by the host's Secrets",
    words,
  ],
} as const;

export interface AskedMember extends RegisteredMember {
  readonly client: ClusterClient;
}

export interface Answers<T> {
  /** By member, in their order. */
  readonly found: ReadonlyMap<string, T>;
  /** Members that could not be asked; each was told already. */
  readonly silent: readonly string[];
}

/** Members asked at once. */
const ASKED_AT_ONCE = 16;

/** Whatever else than an API's refusal goes wrong ends it. */
export async function askMembers<T>(
  host: HostCluster,
  members: readonly RegisteredMember[],
  {
    flags,
    ask,
  }: { readonly flags: MemberFlags; readonly ask: (member: AskedMember) => Promise<T> },
): Promise<Answers<T>> {
  const found = new Map<string, T>();
  const silent: string[] = [];
  const contexts = flags.memberContexts ?? [];
  for (let at = 0; at < members.length; at += ASKED_AT_ONCE) {
    const some = members.slice(at, at + ASKED_AT_ONCE);
    const answers = await Promise.all(
      some.map((member) => askOne(host, member, { contexts, ask })),
    );
    for (const [index, answer] of answers.entries()) {
      const name = some[index]?.name ?? '';
      if (answer.kind === 'answer') found.set(name, answer.value);
      else {
        complain(`${answer.problem.startsWith(`${name}: `) ? '' : `${name}: `}${answer.problem}`);
        silent.push(name);
      }
    }
  }
  return { found, silent };
}

interface OneQuestion<T> {
  readonly contexts: readonly string[];
  readonly ask: (member: AskedMember) => Promise<T>;
}

type Answer<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'silent'; readonly problem: string };

async function askOne<T>(
  host: HostCluster,
  member: RegisteredMember,
  { contexts, ask }: OneQuestion<T>,
): Promise<Answer<T>> {
  try {
    const access = contexts.includes(member.name)
      ? host.kubeconfig.access(member.name)
      : await accessBySecret(host, member);
    if (typeof access === 'string') return { kind: 'silent', problem: access };
    const cluster = reach(member.name, access);
    try {
      return { kind: 'answer', value: await ask({ ...member, client: cluster.client }) };
    } finally {
      await cluster.close();
    }
  } catch (error) {
    const isTold = error instanceof ApiError || error instanceof KubeconfigError;
    if (!isTold) throw error;
    return { kind: 'silent', problem: error.message };
  }
}

/** Or why there is none. */
async function accessBySecret(
  host: HostCluster,
  { name, object }: RegisteredMember,
): Promise<ClusterAccess | string> {
  const { client, namespace } = host;
  const cluster = readKubeFedCluster(object);
  const which = `KubeFedCluster ${namespace}/${name}`;
  if (cluster.kind === 'bad') return `${which}: ${cluster.problem}`;
  const { secretName } = cluster.value;
  const secret = await getOrNone(
    client,
    objectPath(SECRET_RESOURCE, { namespace, name: secretName }),
  );
  const where = `Secret ${namespace}/${secretName}`;
  const token = readSecretToken(secret);
  if (token === undefined)
    return `${where}: ${secret === undefined ? 'is not there' : 'has no data.token'}`;
  if (token.kind === 'bad') return `${where}: ${token.problem}`;
  const access = kubefedAccess(which, cluster.value, token.value);
  return access.kind === 'bad' ? `${which}: ${access.problem}` : access.value.access;
}
