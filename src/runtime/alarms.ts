/**
 * Alarms: conditions in which a person must act, by reason. Each is a gauge
 * `fedns_alarm{reason}`, and one error line when it begins.
 */

import type { LogFields } from './log-keys.ts';
import type { Logger } from './logger.ts';

/**
 * Every alarm there is: what it means, and what to do, each in a line. deploy/runbook.md says more
 * of each (a test holds that it does), deploy/monitoring/alerts.yaml wakes somebody for any of them.
 */
export const ALARMS = {
  'removals-held': {
    means: 'many names vanished from the store at once, their last records keep answering',
    remedy: 'meant: fedns store accept ZONE; else restore the store',
  },
  'delegation-refused': {
    means: 'NS records of a zone file would hide names of the store, they are left out',
    remedy: 'take them out of the zone file, or the names out of the store; systemctl reload fedns',
  },
  'snapshot-refused': {
    means: 'the local snapshot is damaged or of another store, a start without the store has none',
    remedy: 'nothing while the store is there: a new one is written; look at the disk',
  },
  'snapshot-not-written': {
    means: 'the local snapshot grows old, a start without the store would answer from the past',
    remedy: 'make room in, and give us the right to write, the state folder (store.folder)',
  },
  'suspecting-ourselves': {
    means: 'most members or addresses are lost together: nothing moves until they are seen',
    remedy: 'look at the network of this machine before that of the members',
  },
  'probes-in-trouble': {
    means: 'addresses are not asked as often as they should be, what was found of them stays',
    remedy: 'look whether this machine has a core, descriptors and ports to spare',
  },
  'answers-behind': {
    means: 'what is written into the store is not in the answers after ten seconds',
    remedy: 'look whether the store answers, and whether this machine has a core to spare',
  },
  'copies-held': {
    means: 'many copies of federated objects would go at once, they stay where they are',
    remedy: 'meant: fedns accept (it shows what); else undo what made them unwanted',
  },
  'certificate-ends': {
    means:
      "the webhook's certificate ends soon and is not renewed, API servers will not ask it then",
    remedy:
      'look at the log of fedns webhook: rights on its Secret, or the files of webhook.certDir',
  },
  'services-refused': {
    means: 'a member has more services than are published of one, the rest is left out',
    remedy: 'look what made them (fedns status names it); meant: raise members.servicesMax',
  },
} as const;

export type AlarmReason = keyof typeof ALARMS;

export class Alarms {
  readonly #logger: Logger;
  readonly #active = new Set<AlarmReason>();
  /** Of whoever wants to know at once. */
  onChange: (alarm: AlarmReason, isOn: boolean) => void = () => undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Again while it is on: nothing. */
  raise(alarm: AlarmReason, message: string, fields: LogFields = {}): void {
    if (this.#active.has(alarm)) return;
    this.#active.add(alarm);
    this.#logger.error(message, { alarm, ...fields });
    this.onChange(alarm, true);
  }

  clear(alarm: AlarmReason, message: string): void {
    if (!this.#active.delete(alarm)) return;
    this.#logger.info(message, { alarm });
    this.onChange(alarm, false);
  }

  get active(): readonly AlarmReason[] {
    return [...this.#active].sort();
  }
}
