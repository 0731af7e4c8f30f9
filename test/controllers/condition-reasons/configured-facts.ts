/** Reasons of preferences, type configs, the federation's settings and its clusters. */

import { type AllReasons, well, wrong } from './reason-facts.ts';

type Configured =
  | 'ReplicaSchedulingPreference'
  | 'FederatedJob and FederatedHorizontalPodAutoscaler'
  | 'FederatedTypeConfig'
  | 'KubeFedConfig'
  | 'KubeFedCluster';

export const CONFIGURED: Pick<AllReasons, Configured> = {
  ReplicaSchedulingPreference: {
    Ready: {
      Scheduled: well('the workload asks every cluster for what is planned'),
      Moving: wrong(
        'replicas are on their way to another cluster, and wait until those that replace them are ready, or until clients have forgotten the addresses',
        'nothing; where it lasts see the pods of the cluster that the message names',
      ),
      Invalid: wrong(
        'a stored preference that admission would refuse; the workload stays as it is',
        'correct the field that the message names',
      ),
      TypeNotFederated: wrong(
        'the kind of `spec.targetKind` is not propagated',
        '`fedns enable` the type, or see the condition Ready of the FederatedTypeConfig',
      ),
      TargetNotFound: wrong(
        'there is no federated workload of its name in its namespace',
        'make the workload, or name the preference after it',
      ),
      Autoscaled: wrong(
        'a FederatedHorizontalPodAutoscaler targets the same workload, and its replicas are the members’',
        'delete the preference or the autoscaler',
      ),
      NoClusters: wrong(
        'no cluster may be given replicas; the workload stays as it is',
        'register or select a cluster, or end a drain: the message has each cluster’s cause',
      ),
      WorkloadsNotRead: wrong(
        'the workloads of a cluster were not read since the control plane started; nothing is planned without it',
        'give the member’s account the right to list them (`fedns enable` prints the rule), or see why the member does not answer',
      ),
      Disabled: wrong(
        'the feature gate SchedulerPreferences is Disabled: no preference is planned',
        'enable it in `spec.featureGates` of the KubeFedConfig',
      ),
    },
  },
  'FederatedJob and FederatedHorizontalPodAutoscaler': {
    Shared: {
      Planned: well('every cluster is asked for its share: the message has them'),
      Invalid: wrong(
        'what clusters are to share cannot be read; no copy is made or changed',
        'correct the field that the message names',
      ),
      NoClusters: wrong(
        'no cluster may have a share; no copy is made or changed',
        'register or select a cluster, or end a drain: the message has each cluster’s cause',
      ),
    },
  },
  FederatedTypeConfig: {
    Ready: {
      Running: well('its objects are propagated'),
      Disabled: well(
        '`spec.propagation` is Disabled, as somebody wants it: copies stay as they are',
      ),
      Invalid: wrong(
        'a stored type config that admission would refuse; nothing of the type is propagated',
        'correct the field that the message names',
      ),
      NamespacesNotFederated: wrong(
        'a type of namespaced objects, and nobody federates namespaces',
        '`fedns enable namespaces`',
      ),
      OutOfScope: wrong(
        'a type of the whole cluster, in a federation of one namespace',
        'disable the type',
      ),
      RemovalsHeld: wrong(
        'many copies would go, or some with their namespace, and nobody asked for it: they stay',
        'undo what takes them away, or `fedns accept` the id in the message',
      ),
      TargetRemoved: wrong(
        'the version of the target is served no more, neither by Kubernetes nor by the host',
        '`fedns enable` what the message names',
      ),
    },
  },
  KubeFedConfig: {
    Ready: {
      Valid: well('its settings are in force'),
      Invalid: wrong(
        'the control plane starts, and cannot read its settings: it waits',
        'correct the field that the message names',
      ),
      FormerSettingsKept: wrong(
        'the settings were changed and cannot be read: those of before stay in force',
        'correct the field that the message names',
      ),
    },
  },
  KubeFedCluster: {
    Ready: {
      ClusterReady: well('its API answers that it is well'),
      ClusterNotReady: wrong(
        'its API answers, and not with `ok`: copies stay as they are there',
        'see the health of that API server: the message is its own',
      ),
    },
    Offline: {
      ClusterReachable: {
        status: 'False',
        means: 'it answers, though it is not ready',
        todo: 'see the condition Ready',
      },
      ClusterNotReachable: {
        status: 'True',
        means: 'it does not answer, or refuses: copies stay as they are there',
        todo: 'see the cluster and the way to it; after another address `fedns join` it again',
      },
    },
    ConfigMalformed: {
      ClusterConfigMalformed: {
        status: 'True',
        means:
          'a field or the Secret of the KubeFedCluster cannot be used; the access that it had stays',
        todo: 'correct the field or the Secret that the message names, or `fedns join` it again',
      },
    },
    'fedns.io/Token': {
      Valid: well('its token is good, and is renewed by itself at a third of its life'),
      NeverEnds: well('its token has no end, or does not say it'),
      RenewalDue: wrong(
        'the token ends, and the member cannot be asked for another',
        '`fedns members renew`',
      ),
      RenewalFailed: wrong(
        'the member refuses another token: it is tried again',
        'give the account the right that the message names, or `fedns members renew`',
      ),
      Ended: wrong('the token is of no use any more', '`fedns members renew`'),
    },
  },
};
