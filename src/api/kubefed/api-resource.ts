/**
 * A type of object as an API server has it: where its collection is, what its objects are called.
 *
 * Source: Kubernetes API concepts, "Resource URIs"; KubeFed's APIResource.
 */

export interface ApiResource {
  /** Empty: the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly isNamespaced: boolean;
}

/** `apps/v1`, `v1`. */
export function apiVersionOf({ group, version }: Pick<ApiResource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `deployments.apps`, `services`. */
export function resourceName({ group, plural }: Pick<ApiResource, 'group' | 'plural'>): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** Of all its objects in the cluster, or of those in one namespace. */
export function collectionPath(resource: ApiResource, namespace?: string): string {
  const { group, version, plural } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `${root}${within}/${plural}`;
}

export interface ObjectName {
  /** Empty for what belongs to the cluster. */
  readonly namespace: string;
  readonly name: string;
}

export function objectPath(resource: ApiResource, { namespace, name }: ObjectName): string {
  const within = resource.isNamespaced ? namespace : undefined;
  return `${collectionPath(resource, within)}/${name}`;
}

/** `namespace/name`, or `name`. */
export function keyOfObject({ namespace, name }: ObjectName): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

export function nameOfKey(key: string): ObjectName {
  const slash = key.indexOf('/');
  if (slash < 0) return { namespace: '', name: key };
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/**
 * The plural KubeFed gives a kind where none is said: lower case; +es after s, x, z, o, ch, sh;
 * a y after a consonant's place becomes ies; else +s.
 */
export function pluralOfKind(kind: string): string {
  const singular = kind.toLowerCase();
  if (/(s|x|z|o|ch|sh)$/.test(singular)) return `${singular}es`;
  if (singular.endsWith('y')) return `${singular.slice(0, -1)}ies`;
  return `${singular}s`;
}
