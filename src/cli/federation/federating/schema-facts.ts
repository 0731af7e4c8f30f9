/**
 * What a Federated<Kind> must know of the schema of its target, from what the host publishes.
 *
 * Source: Kubernetes "The Kubernetes API", OpenAPI V3.
 */

import { listAt, textAt, valueAt } from '../../../api/untyped.ts';
import type { ApiClient } from '../../../kubernetes/api-client.ts';
import type { ListedResource } from '../../../kubernetes/listed-resources.ts';
import { getOrNone } from '../host-cluster.ts';

export interface SchemaFacts {
  /** The server publishes a schema of it. */
  readonly hasSchema: boolean;
  /** Its `spec.replicas` is an int32. */
  readonly hasReplicas: boolean;
}

/** A type that was made just now is published a second later: no schema is worth asking again. */
export async function readSchemaFacts(
  client: Pick<ApiClient, 'get'>,
  resource: ListedResource,
): Promise<SchemaFacts> {
  const document = await getOrNone(client, `/openapi/v3${resource.root}`);
  const schemas = valueAt(document, 'components', 'schemas');
  const all: [string, unknown][] = Object.entries(schemas ?? {});
  const own = all.find(([, schema]) => isOfKind(schema, resource))?.[1];
  if (own === undefined) return { hasSchema: false, hasReplicas: false };
  const resolved = (schema: unknown): unknown => {
    const reference = textAt(schema, '$ref') ?? textAt(listAt(schema, 'allOf')[0], '$ref');
    return reference === undefined ? schema : valueAt(schemas, reference.split('/').pop() ?? '');
  };
  const spec = resolved(valueAt(own, 'properties', 'spec'));
  const replicas = valueAt(spec, 'properties', 'replicas');
  const isInt32 = textAt(replicas, 'type') === 'integer' && textAt(replicas, 'format') === 'int32';
  return { hasSchema: true, hasReplicas: isInt32 };
}

function isOfKind(schema: unknown, { group, version, kind }: ListedResource): boolean {
  return listAt(schema, 'x-kubernetes-group-version-kind').some(
    (one) =>
      textAt(one, 'kind') === kind &&
      textAt(one, 'version') === version &&
      (textAt(one, 'group') ?? '') === group,
  );
}
