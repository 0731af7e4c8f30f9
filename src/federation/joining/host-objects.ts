/**
 * What a join makes in the host: the Secret with the member's token, and the KubeFedCluster. Also
 * whose token a Secret holds, be it ours or KubeFed's.
 *
 * Source: specs of KubeFed 0.10, "KubeFedCluster", "join"; the annotations of the Secret are ours,
 * for whoever renews its token.
 */

import type { ApiResource } from '../../api/kubefed/api-resource.ts';
import type { JsonObject } from '../../api/kubefed/federated-object.ts';
import { readSecretToken } from '../../api/kubefed/kubefed-cluster.ts';
import { textAt, textMapAt } from '../../api/untyped.ts';
import { type MadeObject, made, SECRET_RESOURCE } from './member-objects.ts';

/** Of the Secret: when its token ends, RFC 3339. */
const TOKEN_EXPIRES_ANNOTATION = 'fedns.io/token-expires';
/** Of the Secret: `namespace/name` of the ServiceAccount in the member whose token it is. */
const TOKEN_ACCOUNT_ANNOTATION = 'fedns.io/token-account';

export const CLUSTER_RESOURCE: ApiResource = {
  group: 'core.kubefed.io',
  version: 'v1beta1',
  kind: 'KubeFedCluster',
  plural: 'kubefedclusters',
  isNamespaced: true,
};

export interface MemberToken {
  readonly token: string;
  readonly expiresAt: Date;
}

export interface AccountRef {
  readonly namespace: string;
  readonly name: string;
}

export interface SecretParts {
  readonly namespace: string;
  readonly name: string;
  readonly account: AccountRef;
  /** undefined: only shown, before there is one. */
  readonly token: MemberToken | undefined;
}

export function tokenSecret({ namespace, name, account, token }: SecretParts): MadeObject {
  const secret = made(
    SECRET_RESOURCE,
    { name, namespace },
    {
      type: 'Opaque',
      ...(token !== undefined && { data: { token: btoa(token.token) } }),
    },
  );
  return { ...secret, object: withAnnotations(secret.object, tokenAnnotations(account, token)) };
}

/** Also for a Secret that was there before: a merge patch of the token and what is said of it. */
export function tokenPatch(account: AccountRef, token: MemberToken): JsonObject {
  const annotations = tokenAnnotations(account, token);
  return { metadata: { annotations }, data: { token: btoa(token.token) } };
}

function tokenAnnotations(
  { namespace, name }: AccountRef,
  token: MemberToken | undefined,
): Readonly<Record<string, string>> {
  return {
    [TOKEN_ACCOUNT_ANNOTATION]: `${namespace}/${name}`,
    ...(token !== undefined && {
      [TOKEN_EXPIRES_ANNOTATION]: token.expiresAt.toISOString().replace(/\.\d+Z$/, 'Z'),
    }),
  };
}

function withAnnotations(object: JsonObject, more: Readonly<Record<string, string>>): JsonObject {
  const annotations = {
    ...Object.fromEntries(textMapAt(object, 'metadata', 'annotations')),
    ...more,
  };
  const metadata = object['metadata'];
  return { ...object, metadata: { ...(typeof metadata === 'object' && metadata), annotations } };
}

/**
 * Whose token it is: as we wrote it down, else as the token itself says it (a token of KubeFed's
 * older Secret form does, too); undefined: neither.
 */
export function accountOfSecret(secret: unknown): AccountRef | undefined {
  const said = textMapAt(secret, 'metadata', 'annotations').get(TOKEN_ACCOUNT_ANNOTATION);
  const token = readSecretToken(secret);
  const text = said ?? (token?.kind === 'good' ? subjectOf(token.value) : undefined);
  const [namespace = '', name = ''] = text?.split('/') ?? [];
  return namespace === '' || name === '' ? undefined : { namespace, name };
}

/** RFC 7519 section 4.1.2: `sub`, `system:serviceaccount:namespace:name`. */
function subjectOf(token: string): string | undefined {
  const payload = token.split('.')[1] ?? '';
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    const [, kind, namespace, name] = (textAt(claims, 'sub') ?? '').split(':');
    return kind === 'serviceaccount' ? `${namespace}/${name}` : undefined;
  } catch {
    return undefined;
  }
}

export interface ClusterParts {
  readonly name: string;
  readonly namespace: string;
  /** As the kubeconfig's context reaches it. */
  readonly apiEndpoint: string;
  /** PEM; undefined: the usual authorities. */
  readonly ca: string | undefined;
  /** The kubeconfig does not check its certificate. */
  readonly isUnchecked: boolean;
  readonly proxyUrl: string | undefined;
  readonly secretName: string;
}

export function kubefedCluster(parts: ClusterParts): MadeObject {
  const { name, namespace, apiEndpoint, ca, isUnchecked, proxyUrl, secretName } = parts;
  return made(
    CLUSTER_RESOURCE,
    { name, namespace },
    {
      spec: {
        apiEndpoint,
        // undefined: what an earlier join said of it goes.
        caBundle: ca === undefined ? undefined : btoa(ca),
        disabledTLSValidations: isUnchecked ? ['*'] : undefined,
        proxyURL: proxyUrl,
        secretRef: { name: secretName },
      },
    },
  );
}
