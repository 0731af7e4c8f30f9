/**
 * The `caBundle` of our webhook configurations: what the API servers trust when they call us. Only
 * that field is written, and only where it differs.
 *
 * Source: admissionregistration.k8s.io/v1.
 */

import { listAt, textAt } from '../api/untyped.ts';
import type { ApiClient } from '../kubernetes/api-client.ts';
import { ApiError } from '../kubernetes/api-error.ts';
import { HOST_REQUEST_MS } from './limits.ts';

export interface ConfigurationNames {
  readonly validating: string;
  readonly mutating: string;
}

export interface BundleTold {
  /** Those that were written now. */
  readonly changed: readonly string[];
  /** Those that are not there: nobody calls us by them. */
  readonly absent: readonly string[];
}

const GROUP = '/apis/admissionregistration.k8s.io/v1';

/** Resolves when every configuration that is there has exactly this bundle. */
export async function tellBundle(
  client: Pick<ApiClient, 'get' | 'patch'>,
  { validating, mutating }: ConfigurationNames,
  bundle: string,
): Promise<BundleTold> {
  const places = [
    [`${GROUP}/validatingwebhookconfigurations/${validating}`, validating],
    [`${GROUP}/mutatingwebhookconfigurations/${mutating}`, mutating],
  ] as const;
  const told = await Promise.all(
    places.map(async ([path, name]) => ({ name, is: await tellOne(client, path, bundle) })),
  );
  const namesOf = (wanted: (typeof told)[number]['is']) =>
    told.filter(({ is }) => is === wanted).map(({ name }) => name);
  return { changed: namesOf('changed'), absent: namesOf('absent') };
}

async function tellOne(
  client: Pick<ApiClient, 'get' | 'patch'>,
  path: string,
  bundle: string,
): Promise<'changed' | 'same' | 'absent'> {
  const request = { timeoutMs: HOST_REQUEST_MS };
  let configuration: unknown;
  try {
    configuration = await client.get(path, request);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return 'absent';
    throw error;
  }
  const value = Buffer.from(bundle).toString('base64');
  const operations = listAt(configuration, 'webhooks').flatMap((webhook, index) => {
    if (textAt(webhook, 'clientConfig', 'caBundle') === value) return [];
    const at = `/webhooks/${index}`;
    return [
      // Of a list that was changed meanwhile the index would name another one.
      { op: 'test', path: `${at}/name`, value: textAt(webhook, 'name') },
      { op: 'add', path: `${at}/clientConfig/caBundle`, value },
    ];
  });
  if (operations.length === 0) return 'same';
  await client.patch(path, operations, { ...request, type: 'json' });
  return 'changed';
}
