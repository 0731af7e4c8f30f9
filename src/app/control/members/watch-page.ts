/**
 * `GET /watch[?name=NAME]`: changes as they happen, a line of JSON each. It begins with what stands
 * now, so that who was away misses nothing that is still so.
 */

import type { AnswerPage, Page, StreamPage } from '../../../admin/http-server.ts';
import { describeContent } from '../../../discovery/explain.ts';
import type { PlannedOwner } from '../../../discovery/ladder/plan-records.ts';
import { type DomainName, formatName, parseName } from '../../../dns/name.ts';
import type { Change, ChangeFeed } from '../../../publish/change-feed.ts';

export interface WatchSource {
  readonly feed: ChangeFeed;
  /** Whose name this is: service or host. */
  readonly keyOf: (name: DomainName) => string;
  /** All names of a service. */
  readonly ladder: (serviceKey: string) => ReadonlyMap<DomainName, PlannedOwner>;
  /** Members as they were told last, and alarms that are on. */
  readonly standing: () => readonly Change[];
  /** Whether this process publishes: else names move elsewhere. */
  readonly isPublishing: () => boolean;
}

/** At once; each is a connection of the local socket, which others need too. */
const WATCHERS_MAX = 16;
/** Who hears nothing for longer than a few of these has lost us, ms. */
const BEAT_MS = 5000;

export function watchPage(source: WatchSource): [string, AnswerPage] {
  return ['GET /watch', (query) => watched(query.get('name') ?? '', source)];
}

function watched(name: string, source: WatchSource): Page | StreamPage {
  const { feed } = source;
  if (feed.count >= WATCHERS_MAX) {
    return { status: 503, type: 'text/plain', body: `${WATCHERS_MAX} watch already\n` };
  }
  const service = name === '' ? undefined : source.keyOf(parseName(name));
  const ladder = service === undefined ? undefined : source.ladder(service);
  if (ladder?.size === 0) {
    return { status: 404, type: 'text/plain', body: `${name}: no name of a watched service\n` };
  }
  return {
    status: 200,
    type: 'application/x-ndjson',
    lost: (count) => line({ kind: 'lost', count }),
    begin: (write) => {
      write(line({ kind: 'began', isPublishing: source.isPublishing() }));
      for (const change of source.standing()) write(line(change));
      for (const [owner, { rrsets }] of ladder ?? []) {
        write(line({ kind: 'now', name: formatName(owner), holds: describeContent(rrsets) }));
      }
      const end = feed.watch({ service, take: (change) => write(line(change)) });
      const beat = setInterval(() => write(line({ kind: 'beat' })), BEAT_MS);
      return () => {
        clearInterval(beat);
        end();
      };
    },
  };
}

function line(value: object): string {
  return JSON.stringify({ at: new Date().toISOString(), ...value });
}
