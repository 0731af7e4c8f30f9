/**
 * The reasons of the conditions of the kinds that a person writes beside Federated<Kind>, each with
 * what it means and what to do about it. The page deploy/condition-reasons.md is made of them and of
 * the messages that were seen.
 */

import type { WrittenReason } from '../../../src/controllers/records/dns-endpoints/written-condition.ts';
import type { PreferenceReason } from '../../../src/controllers/replicas/preferences/plan-preference.ts';
import type { SharedReason } from '../../../src/controllers/replicas/share-loop.ts';
import type { SettingsReason } from '../../../src/controllers/settings/federation-settings.ts';
import type { ReadinessReason } from '../../../src/controllers/type-configs/type-readiness.ts';
import type { DomainReason } from '../../../src/discovery/kubefed-records/domain-condition.ts';
import type { RecordReasons } from '../../../src/discovery/kubefed-records/record-status.ts';
import type { ClusterReasons } from '../../../src/federation/cluster-condition.ts';

export interface ReasonFacts {
  readonly status: 'True' | 'False';
  readonly means: string;
  readonly todo: string;
}

/** Reason -> facts: one without an entry is no reason, the compiler says so. */
export type Facts<Reason extends string> = Readonly<Record<Reason, ReasonFacts>>;

/** Section of the page: a kind -> its conditions. */
export interface AllReasons {
  readonly ReplicaSchedulingPreference: { readonly Ready: Facts<PreferenceReason> };
  readonly 'FederatedJob and FederatedHorizontalPodAutoscaler': {
    readonly Shared: Facts<SharedReason>;
  };
  readonly FederatedTypeConfig: { readonly Ready: Facts<ReadinessReason> };
  readonly KubeFedConfig: { readonly Ready: Facts<SettingsReason> };
  readonly KubeFedCluster: {
    readonly [Type in keyof ClusterReasons]: Facts<ClusterReasons[Type]>;
  };
  readonly Domain: { readonly Ready: Facts<DomainReason> };
  readonly ServiceDNSRecord: {
    readonly Ready: Facts<Exclude<RecordReasons['Ready'], 'NoHosts' | 'NoIngressInCluster'>>;
    readonly Located: Facts<RecordReasons['Located']>;
  };
  readonly IngressDNSRecord: {
    readonly Ready: Facts<Exclude<RecordReasons['Ready'], OfServices>>;
  };
  readonly 'ServiceDNSRecord and IngressDNSRecord': {
    readonly ClustersSeen: Facts<RecordReasons['ClustersSeen']>;
    readonly Conflict: Facts<RecordReasons['Conflict']>;
    readonly DNSEndpointWritten: Facts<WrittenReason>;
  };
}

type OfServices = 'NoServiceInCluster' | 'NoEndpoints' | 'DomainNotFound' | 'DomainInvalid';

export type Section = keyof AllReasons;

/** As it should be: what there is to do about it is nothing. */
export const well = (means: string): ReasonFacts => ({ status: 'True', means, todo: 'nothing' });

export const wrong = (means: string, todo: string): ReasonFacts => {
  return { status: 'False', means, todo };
};
