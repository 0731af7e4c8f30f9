/**
 * FederatedNamespace is like no other federated type: it lies in the namespace that it federates,
 * bears its name, and some namespaces are no federation's.
 *
 * Source: specs of KubeFed 0.10, "Sync controller", Placement.
 */

/** Never federated: they are each cluster's own. So is the control plane's. */
export const SYSTEM_NAMESPACES: readonly string[] = ['kube-system', 'kube-public', 'default'];
