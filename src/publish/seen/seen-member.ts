/** One member as the decision sees it, whoever watches it. */

import type { LocalityTold } from '../../discovery/locality-over-time.ts';
import type { MemberStatus } from '../../members/member-options.ts';

export interface SeenMember {
  readonly name: string;
  readonly status: MemberStatus;
  /** Networks it may speak of; empty: the usual ones. */
  readonly allow: readonly string[];
  /** Where it is. */
  readonly told: Omit<LocalityTold, 'remembered'> & { readonly problems: readonly string[] };
  /** Services of which it says something. */
  keys(): Iterable<string>;
}
