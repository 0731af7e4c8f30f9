/** What concerns a Service's owner, as an Event on the Service in its member cluster. */

import type { MemberRegistry } from '../../members/registry.ts';

export interface OwnersNews {
  /** `namespace/name`. */
  readonly key: string;
  /** One word for machines. */
  readonly reason: 'ReadInPart' | 'PublishedInPart' | 'NotPublished';
  readonly note: string;
}

/** Only where we may (deploy/member/events-role.yaml); it is in the log and in `status` anyway. */
export function tellOwner(
  registry: MemberRegistry,
  cluster: string,
  { key, reason, note }: OwnersNews,
): void {
  const member = registry.get(cluster)?.member;
  const uid = member?.objects.uidOf(key);
  if (member === undefined || uid === undefined) return;
  const [namespace = '', name = ''] = key.split('/');
  member.events.write({
    regarding: { apiVersion: 'v1', kind: 'Service', namespace, name, uid },
    type: 'Warning',
    reason,
    note,
  });
}
