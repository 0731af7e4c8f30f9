/** Pages of the local socket of a process that publishes what members say. */

import type { MemberRegistry } from '../../members/registry.ts';
import type { ThreadedProber } from '../../probe/threaded-prober.ts';
import type { ShardBook } from '../../publish/book/shard-book.ts';
import type { ChangeFeed } from '../../publish/change-feed.ts';
import type { MembersSource } from '../../publish/members/members-source.ts';
import type { Propagation } from '../../publish/propagation.ts';
import type { FederationView } from '../../publish/seen/federation-view.ts';
import type { Alarms } from '../../runtime/alarms.ts';
import type { Config } from '../config/config-schema.ts';
import { jsonPage } from '../control/json-page.ts';
import { explainPage } from '../control/members/explain-page.ts';
import { federationFacts } from '../control/members/federation-facts.ts';
import { memberPages } from '../control/members/member-pages.ts';
import { detectionSeconds, statusOf } from '../control/members/status-page.ts';
import { watchPage } from '../control/members/watch-page.ts';
import type { MemberTeller } from './member-teller.ts';
import type { RecordSource } from './record-source.ts';

export interface PublishingPagesOptions {
  readonly registry: MemberRegistry;
  readonly view: FederationView;
  readonly source: MembersSource;
  readonly book: ShardBook;
  readonly prober: ThreadedProber;
  readonly propagation: Propagation;
  readonly feed: ChangeFeed;
  readonly teller: MemberTeller;
  readonly alarms: Alarms;
  readonly members: Config['members'];
}

export function publishingPages(options: PublishingPagesOptions): RecordSource['pages'] {
  const { source, prober, feed, teller, alarms } = options;
  const probesInTrouble = () => prober.counts().selfTrouble;
  return [
    ...memberPages(options),
    explainPage({ ...options, detectionSeconds: detectionSeconds(options.members) }),
    ['GET /status', () => jsonPage(statusOf(options))],
    watchPage({
      feed,
      keyOf: (name) => source.plans.keyOf(name),
      ladder: (key) => source.plans.ladder(key),
      standing: () => [
        ...teller.standing,
        ...alarms.active.map((alarm) => ({ kind: 'alarm', alarm, isOn: true }) as const),
      ],
      isPublishing: () => source.isPublishing,
    }),
    ['GET /federation', () => jsonPage(federationFacts({ ...options, probesInTrouble }))],
  ];
}
