/** Reasons of Domains and of DNS records. */

import { type AllReasons, type Facts, well, wrong } from './reason-facts.ts';

type Records =
  | 'Domain'
  | 'ServiceDNSRecord'
  | 'IngressDNSRecord'
  | 'ServiceDNSRecord and IngressDNSRecord';

type OfBoth =
  | 'Published'
  | 'PartlyPublished'
  | 'NoClusters'
  | 'ClusterNotReady'
  | 'ClusterNotRead'
  | 'NoLoadBalancer'
  | 'NamespaceNotAllowed'
  | 'HostClaimed';

const OF_BOTH: Facts<OfBoth> = {
  Published: well(
    'at least one cluster has addresses: the message names the clusters, and what others lack',
  ),
  PartlyPublished: {
    status: 'True',
    means: 'it has names, but not all that it wants: the message has each one and whose it is',
    todo: 'choose other names, delete the record that the message names, or name the namespace in `allowedNamespaces` of the Domain',
  },
  NoClusters: wrong('no cluster is registered: it has no names', '`fedns join` a cluster'),
  ClusterNotReady: wrong(
    'no cluster has addresses, and those that could are not ready',
    'see the conditions of the KubeFedCluster',
  ),
  ClusterNotRead: wrong(
    'no cluster has addresses, and those that could were not read since the control plane started',
    'see the condition ClustersSeen: its message has the cause',
  ),
  NoLoadBalancer: wrong(
    'the nearest that a cluster comes to: it has the object, and no address in its status',
    'see the cloud’s controller, or the Ingress controller, in the cluster that the message names',
  ),
  NamespaceNotAllowed: wrong(
    'the Domain above all its names does not allow its namespace: it has none',
    'name the namespace in `allowedNamespaces` of the Domain',
  ),
  HostClaimed: wrong(
    'an older record has all its names',
    'choose other names, or delete the record that the message names',
  ),
};

export const RECORDS: Pick<AllReasons, Records> = {
  Domain: {
    Ready: {
      Valid: well('records may have names below it: the message says whose'),
      WrongNamespace: wrong(
        'it lies where no record looks for it',
        'make it in the namespace that the message names',
      ),
      InvalidDomain: wrong('a stored Domain that admission would refuse', 'correct `domain`'),
      InvalidName: wrong(
        'its name cannot be a part of DNS names, and no record can refer to it',
        'make one of another name, and delete this one',
      ),
      DomainTooLong: wrong(
        'every name below it would be longer than DNS has them',
        'choose a shorter `domain`, or a shorter name',
      ),
    },
  },
  ServiceDNSRecord: {
    Ready: {
      ...OF_BOTH,
      DomainNotFound: wrong(
        'there is no such Domain; names that it had stay',
        'make the Domain in the namespace of the control plane, or correct `spec.domainRef`',
      ),
      DomainInvalid: wrong(
        'its Domain says no domain; names that it had stay',
        'correct `domain` of the Domain',
      ),
      NoServiceInCluster: wrong(
        'no cluster has a managed Service of its name and namespace',
        'see the FederatedService of that name, and its placement',
      ),
      NoEndpoints: wrong(
        'the nearest that a cluster comes to: a Service without a ready endpoint',
        'see its pods there, or say `spec.allowServiceWithoutEndpoints`',
      ),
    },
    Located: {
      Located: well('every cluster has a region and zones'),
      NoRegion: wrong(
        'a cluster has no region: the record has no names of that place',
        'label its nodes with topology.kubernetes.io/region',
      ),
      NoZones: wrong(
        'a cluster has no zones: the record has no names of them',
        'label its nodes with topology.kubernetes.io/zone',
      ),
    },
  },
  IngressDNSRecord: {
    Ready: {
      ...OF_BOTH,
      NoHosts: wrong('it wants no name', 'name hosts in `spec.hosts`'),
      NoIngressInCluster: wrong(
        'no cluster has a managed Ingress of its name and namespace',
        'see the FederatedIngress of that name, and its placement',
      ),
    },
  },
  'ServiceDNSRecord and IngressDNSRecord': {
    ClustersSeen: {
      AllSeen: well('`status.dns` is as the clusters are now'),
      ClusterNotReady: wrong(
        'a cluster is not ready: its entry stays as it was seen last',
        'see the conditions of the KubeFedCluster',
      ),
      ClusterNotRead: wrong(
        'a cluster is ready, and its objects were not read since the control plane started: its entry stays',
        'give the member’s account the right that the message names',
      ),
    },
    Conflict: {
      NoConflict: {
        status: 'False',
        means: 'no older record has one of its names',
        todo: 'nothing',
      },
      HostClaimed: {
        status: 'True',
        means: 'an older record has the names in the message',
        todo: 'choose other names, or delete the record that the message names',
      },
    },
    DNSEndpointWritten: {
      Written: well('ExternalDNS can read its names'),
      NoAddresses: wrong('no cluster has addresses: the DNSEndpoint is empty', 'see Ready'),
      NamespaceNotAllowed: wrong(
        'names are left out: the Domain above them does not allow its namespace',
        'name the namespace in `allowedNamespaces` of the Domain',
      ),
      HostClaimed: wrong(
        'names are left out: an older record has them',
        'choose other names, or delete the record that the message names',
      ),
      NotWanted: wrong(
        'the KubeFedConfig wants no DNSEndpoints: none is written or changed',
        'nothing; or take the annotation `fedns.io/dns-endpoints` off the KubeFedConfig',
      ),
      NameInvalid: wrong(
        'a name would be none that DNS has: nothing is written, and what was there stays',
        'choose a shorter Domain, name or prefix',
      ),
      HostNotResolved: wrong(
        'a load balancer’s host name has no address; the others are written, and its last good ones stay',
        'see that name in DNS, or the load balancer of the cluster',
      ),
      NotOurs: wrong(
        'somebody else owns a DNSEndpoint of that name: it is left alone',
        'delete it, or name the record otherwise',
      ),
      WriteFailed: wrong(
        'the host refuses the DNSEndpoint: it is tried again',
        'read the message: it is the host’s own',
      ),
    },
  },
};
