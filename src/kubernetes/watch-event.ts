/** What a watch sends, one JSON value a line -> checked events; anything else is API_GARBAGE. */

import { textAt, valueAt } from '../api/untyped.ts';
import { ApiError } from './api-error.ts';

export type WatchEvent =
  | { readonly kind: 'put' | 'gone'; readonly object: unknown; readonly resourceVersion: string }
  | {
      readonly kind: 'bookmark';
      readonly resourceVersion: string;
      /** The list that a watch began with is complete. */
      readonly endsInitial: boolean;
    };

/** Throws ApiError: for garbage, and for an ERROR event what it says. */
export function readWatchEvent(value: unknown): WatchEvent {
  const type = textAt(value, 'type');
  const object = valueAt(value, 'object');
  if (type === 'ERROR') throw errorOf(object);
  const resourceVersion = textAt(object, 'metadata', 'resourceVersion');
  if (type === undefined || resourceVersion === undefined || resourceVersion === '') {
    throw new ApiError('API_GARBAGE', 'a watch event without type or resource version');
  }
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { kind: 'put', object, resourceVersion };
    case 'DELETED':
      return { kind: 'gone', object, resourceVersion };
    case 'BOOKMARK': {
      const annotation = textAt(object, 'metadata', 'annotations', 'k8s.io/initial-events-end');
      return { kind: 'bookmark', resourceVersion, endsInitial: annotation === 'true' };
    }
    default:
      throw new ApiError('API_GARBAGE', `a watch event of unknown type "${type.slice(0, 40)}"`);
  }
}

function errorOf(status: unknown): ApiError {
  const code = valueAt(status, 'code');
  const reason = textAt(status, 'reason');
  const message = (textAt(status, 'message') ?? 'no message').slice(0, 200);
  return new ApiError('API_STATUS', `watch ended by the server: ${message}`, {
    status: typeof code === 'number' ? code : undefined,
    reason,
  });
}

/** `namespace/name`, or `name`. Throws ApiError for an object without one. */
export function keyOfObject(object: unknown): string {
  const name = textAt(object, 'metadata', 'name');
  if (name === undefined || name === '') {
    throw new ApiError('API_GARBAGE', 'an object without a name');
  }
  const namespace = textAt(object, 'metadata', 'namespace') ?? '';
  return namespace === '' ? name : `${namespace}/${name}`;
}
