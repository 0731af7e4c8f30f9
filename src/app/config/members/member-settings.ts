/** What the configuration says of watching members, in the units of those that do it. */

import {
  type LivenessGraces,
  WHEN_UNREACHABLE,
  type WhenUnreachable,
} from '../../../discovery/health/liveness.ts';
import { checkedLabel } from '../../../discovery/owner-names.ts';
import type { MemberSettings } from '../../../members/member-options.ts';
import type { ContributorSpec } from '../../../publish/contributed/contributed-cluster.ts';
import { assertDefined } from '../../../runtime/assert.ts';
import type { Config } from '../config-schema.ts';

type Members = Config['members'];

export function apiSettingsOf({ api }: Members): MemberSettings {
  return {
    probePeriodMs: api.periodMs,
    probeTimeoutMs: api.timeoutMs,
    probeFall: api.fall,
    probeRise: api.rise,
    watchSilenceMs: api.silenceMs,
  };
}

export function gracesOf(members: Members): LivenessGraces {
  const graceMs = (seconds: number | 'never') =>
    seconds === 'never' ? Number.POSITIVE_INFINITY : seconds * 1000;
  return {
    lostMs: graceMs(members.lostGraceSeconds),
    unknownMs: graceMs(members.unknownGraceSeconds),
    deathMs: graceMs(members.deathGraceSeconds),
  };
}

/** Of a namespace. */
export function policiesOf(members: Members): (namespace: string) => WhenUnreachable {
  const ofNamespace = new Map(
    members.namespacePolicies.map((text): [string, WhenUnreachable] => {
      const [namespace = '', policy] = text.split('=');
      const known = WHEN_UNREACHABLE.find((one) => one === policy);
      return [namespace, assertDefined(known, 'the schema has checked it')];
    }),
  );
  return (namespace) => ofNamespace.get(namespace) ?? members.whenUnreachable;
}

/** Throws InputError. Unless said otherwise a contributor speaks of the cluster of its name. */
export function contributorsOf({ contributors }: Members): ContributorSpec[] {
  return contributors.map((given) => {
    const { name, clusters, allow } =
      typeof given === 'string' ? { name: given, clusters: undefined, allow: [] } : given;
    const where = 'members.contributors: cluster';
    return { name, clusters: (clusters ?? [name]).map((one) => checkedLabel(one, where)), allow };
  });
}
