/**
 * Alarms: conditions in which a person must act, by reason. Each is a gauge
 * `fedns_alarm{reason}`, and one error line when it begins.
 */

import type { LogFields } from './log-keys.ts';
import type { Logger } from './logger.ts';

export type AlarmReason =
  | 'removals-held'
  | 'delegation-refused'
  | 'snapshot-refused'
  | 'snapshot-not-written'
  | 'store-denied'
  | 'suspecting-ourselves'
  | 'services-refused';

export class Alarms {
  readonly #logger: Logger;
  readonly #active = new Set<AlarmReason>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Again while it is on: nothing. */
  raise(alarm: AlarmReason, message: string, fields: LogFields = {}): void {
    if (this.#active.has(alarm)) return;
    this.#active.add(alarm);
    this.#logger.error(message, { alarm, ...fields });
  }

  clear(alarm: AlarmReason, message: string): void {
    if (this.#active.delete(alarm)) this.#logger.info(message, { alarm });
  }

  get active(): readonly AlarmReason[] {
    return [...this.#active].sort();
  }
}
