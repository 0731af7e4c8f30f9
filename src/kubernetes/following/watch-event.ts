/**
 * What a watch sends, one JSON value a line -> checked events; anything else is API_GARBAGE.
 *
 * Source: Kubernetes API concepts, "Efficient detection of changes", "Streaming lists".
 */

import { textAt, valueAt } from '../../api/untyped.ts';
import { ApiError, statusError } from '../api-error.ts';

export type WatchEvent =
  | { readonly kind: 'put' | 'gone'; readonly object: unknown; readonly version: string }
  | {
      readonly kind: 'bookmark';
      readonly version: string;
      /** The list that a watch began with is complete. */
      readonly endsInitial: boolean;
    };

/** Throws ApiError: for garbage, and for an ERROR event what it says. */
export function readWatchEvent(value: unknown, what: string): WatchEvent {
  const type = textAt(value, 'type');
  const object = valueAt(value, 'object');
  if (type === 'ERROR') throw statusError(what, { body: object });
  const version = textAt(object, 'metadata', 'resourceVersion') ?? '';
  if (type === undefined || version === '') {
    throw new ApiError('API_GARBAGE', `${what}: an event without type or resource version`);
  }
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { kind: 'put', object, version };
    case 'DELETED':
      return { kind: 'gone', object, version };
    case 'BOOKMARK': {
      const said = textAt(object, 'metadata', 'annotations', 'k8s.io/initial-events-end');
      return { kind: 'bookmark', version, endsInitial: said === 'true' };
    }
    default:
      throw new ApiError('API_GARBAGE', `${what}: an event of unknown type "${type}"`);
  }
}
