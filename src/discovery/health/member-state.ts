/** MemberState: what is known of a member cluster when its shards are decided. */

import type { Locality } from '../shard.ts';
import type { AllowedAddresses } from './allowed-addresses.ts';
import type { ApiSignal } from './liveness.ts';

export interface MemberState {
  readonly name: string;
  readonly locality: Locality;
  readonly api: ApiSignal;
  /** Monotonic, ms. */
  readonly apiSinceMs: number;
  readonly allowed: AllowedAddresses;
}
