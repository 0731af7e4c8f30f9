/**
 * The members that configuration, folder and host name, read and followed -> specs for whoever
 * watches them. One reading after the other, and each whole: a reading that fails changes nothing.
 */

import { problemOf } from '../../../dns/errors.ts';
import type { MemberTurn } from '../../../members/host/host-members.ts';
import { Membership, type MembershipSources } from '../../../members/membership.ts';
import type { Completeness, MemberSpec } from '../../../members/registry.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { OneAfterAnother } from '../../../runtime/one-after-another.ts';
import type { ReadConfig } from '../read-config.ts';
import { FolderMembers } from './folder-members.ts';
import { readMembership } from './member-specs.ts';

export interface FollowedMembersOptions {
  readonly onChange: (specs: readonly MemberSpec[], how: Completeness) => void;
  readonly logger: Logger;
}

export class FollowedMembers {
  readonly #logger: Logger;
  readonly #membership: Membership;
  readonly #folder: FolderMembers;
  #sources: MembershipSources = { listed: [], folder: undefined, host: undefined };
  /** As it was read last. */
  #read: ReadConfig | undefined;
  readonly #readings = new OneAfterAnother();

  constructor({ onChange, logger }: FollowedMembersOptions) {
    this.#logger = logger;
    this.#membership = new Membership({
      onChange,
      onProblem: (object, reason) => logger.warn('members read in part', { key: object, reason }),
    });
    this.#folder = new FolderMembers({
      onChange: () => this.#folderChanged(),
      onProblem: (file, reason) => logger.warn('members read in part', { file, reason }),
    });
  }

  /** Reads; nobody is told yet. Throws InputError for what is wrong with list, host or folder. */
  async prepare(read: ReadConfig): Promise<void> {
    this.#sources = await this.#readSources(read);
    this.#read = read;
  }

  start(): void {
    this.#membership.replace(this.#sources);
    this.#folder.start();
  }

  /**
   * Gives what takes it over; members that did not change go on undisturbed. Throws InputError: all
   * stays as it was then.
   */
  async readAgain(read: ReadConfig): Promise<() => void> {
    const sources = await this.#readings.run(() => this.#readSources(read));
    return () => {
      this.#sources = sources;
      this.#read = read;
      this.#membership.replace(sources);
    };
  }

  /** A member is lost or fresh: said on its object in the host, where it has one. */
  memberTurned(cluster: string, turn: MemberTurn): void {
    this.#membership.turned(cluster, turn);
  }

  /** Of several processes that follow a host, the one that publishes writes conditions. */
  writeConditions(isWriter: boolean): void {
    this.#membership.writeConditions(isWriter);
  }

  async stop(): Promise<void> {
    this.#folder.stop();
    await this.#membership.stop();
  }

  async #readSources(read: ReadConfig): Promise<MembershipSources> {
    // What may be refused first: the folder then takes note of what it has read.
    const others = await readMembership(read);
    return { ...others, folder: await this.#folder.read(read) };
  }

  #folderChanged(): void {
    this.#readings
      .run(async () => {
        const read = this.#read;
        if (read === undefined) return;
        const folder = await this.#folder.read(read);
        // A configuration that was taken meanwhile may name another folder.
        if (read !== this.#read) {
          this.#folderChanged();
          return;
        }
        this.#sources = { ...this.#sources, folder };
        this.#membership.replace(this.#sources);
      })
      .catch((error) => this.#logger.warn('members not reread', { error: problemOf(error) }));
  }
}
