/**
 * The least of the Gateway API that a kube-apiserver must know for us to read it: group, kinds,
 * status as a subresource. Ours; the fields are not checked.
 */

const GROUP = 'gateway.networking.k8s.io';

export const GATEWAY_CRDS = ['gateways', 'httproutes'].map((plural) => `${plural}.${GROUP}`);

export function gatewayCrds(): string {
  const items = [
    crd('Gateway', 'gateways', 'gateway'),
    crd('HTTPRoute', 'httproutes', 'httproute'),
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

function crd(kind: string, plural: string, singular: string): object {
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: open, status: open } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${GROUP}`,
      // The server refuses *.k8s.io groups without a word of who approved them.
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for tests' },
    },
    spec: {
      group: GROUP,
      names: { kind, plural, singular, listKind: `${kind}List` },
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema, subresources: { status: {} } }],
    },
  };
}
