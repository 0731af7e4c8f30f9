/**
 * `members.folder`, followed: every kubeconfig in it is a member named like its file; files come,
 * change and go.
 *
 * Unknown is not absent. A file that is wrong harms only itself: its member keeps the access it
 * had, and is told once. A file that is gone takes its member with it; a folder that is empty, or
 * cannot be read, takes nobody: it looks like a mount that is not there. Who wants all of them to
 * leave takes the setting away. At a start an empty folder is one that was not read yet: what was
 * known of members stays, by each Service's own policy.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, problemOf } from '../../../dns/errors.ts';
import type { FolderSource } from '../../../members/membership.ts';
import type { MemberSpec } from '../../../members/registry.ts';
import { folderStamp, WatchedPlace } from '../../../publish/file/watched-place.ts';
import { FOLDER_SETTLE_MS, MEMBER_FILES_MAX } from '../../../publish/limits.ts';
import { type ReadConfig, reasonOf } from '../read-config.ts';
import { checkedEntry, specOf } from './member-specs.ts';

export interface FolderMembersOptions {
  /** Something in it is another: to be read again. */
  readonly onChange: () => void;
  /** Of a file, or of the folder; once until it is another. */
  readonly onProblem: (path: string, problem: string) => void;
}

export class FolderMembers {
  readonly #options: FolderMembersOptions;
  #folder: string | undefined;
  #place: WatchedPlace | undefined;
  #isStarted = false;
  /** By name: what was good last. */
  readonly #known = new Map<string, MemberSpec>();
  #wasReadWhole = false;
  #withheld: readonly string[] = [];
  /** Path -> problem told last. */
  #told = new Map<string, string>();

  constructor(options: FolderMembersOptions) {
    this.#options = options;
  }

  /**
   * undefined: none is configured. Throws InputError for a folder that cannot be read, unless it
   * could be before.
   */
  async read(read: ReadConfig): Promise<FolderSource | undefined> {
    const { folder: setting } = read.config.members;
    const folder = setting === undefined ? undefined : read.resolvePath(setting);
    this.#follow(folder);
    if (folder === undefined) return undefined;
    const told = new Map<string, string>();
    const files = this.#filesIn(folder, told);
    if (files !== undefined) await this.#readFiles(files, { folder, read, told });
    this.#tell(told);
    return {
      specs: [...this.#known.values()],
      withheld: this.#withheld,
      isComplete: this.#wasReadWhole,
    };
  }

  start(): void {
    this.#isStarted = true;
    this.#place?.start();
  }

  stop(): void {
    this.#isStarted = false;
    this.#place?.stop();
  }

  #follow(folder: string | undefined): void {
    if (folder !== this.#folder) {
      this.#place?.stop();
      this.#folder = folder;
      this.#place = undefined;
      this.#wasReadWhole = false;
      if (folder === undefined) this.#known.clear();
      else {
        const { onChange } = this.#options;
        const stamp = () => folderStamp(folder);
        this.#place = new WatchedPlace({ folder, stamp, settleMs: FOLDER_SETTLE_MS, onChange });
        if (this.#isStarted) this.#place.start();
      }
    }
    this.#place?.mark();
  }

  /** undefined: it says nothing of who is a member. */
  #filesIn(folder: string, told: Map<string, string>): readonly string[] | undefined {
    const stay = this.#known.size > 0 ? 'its members stay as they are' : 'nobody is known from it';
    try {
      const files = readdirSync(folder, { withFileTypes: true })
        .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
        .map((entry) => entry.name)
        .sort();
      if (files.length > 0 && files.length <= MEMBER_FILES_MAX) return files;
      const what =
        files.length === 0 ? 'no kubeconfig is in it' : `more than ${MEMBER_FILES_MAX} files`;
      told.set(folder, `members.folder: ${what}: ${stay}`);
      return undefined;
    } catch (error) {
      const problem = `members.folder: ${folder}: ${reasonOf(error)}`;
      if (this.#known.size === 0) throw new InputError('MEMBERS', problem, folder);
      told.set(folder, `members.folder: ${reasonOf(error)}: ${stay}`);
      return undefined;
    }
  }

  async #readFiles(
    files: readonly string[],
    given: {
      readonly folder: string;
      readonly read: ReadConfig;
      readonly told: Map<string, string>;
    },
  ): Promise<void> {
    const { folder, read, told } = given;
    const pathOf = new Map<string, string>();
    const withheld: string[] = [];
    for (const file of files) {
      const path = join(folder, file);
      const name = nameOf(file).toLowerCase();
      const other = pathOf.get(name);
      try {
        if (other !== undefined) throw new InputError('MEMBERS', `${other} names it too, and wins`);
        const entry = checkedEntry({ name, kubeconfig: path, allow: [] });
        pathOf.set(entry.name, path);
        this.#known.set(entry.name, await specOf(entry, read));
      } catch (error) {
        const isKnown = this.#known.has(name);
        if (!isKnown && pathOf.has(name)) withheld.push(name);
        const kept = isKnown ? ': the access it had stays' : '';
        told.set(path, `${problemOf(error)}${other === undefined ? kept : ''}`);
      }
    }
    for (const name of this.#known.keys()) if (!pathOf.has(name)) this.#known.delete(name);
    this.#withheld = withheld;
    this.#wasReadWhole = true;
  }

  #tell(told: Map<string, string>): void {
    const before = this.#told;
    this.#told = told;
    for (const [path, problem] of told) {
      if (before.get(path) !== problem) this.#options.onProblem(path, problem);
    }
  }
}

const KUBECONFIG_FILE = /^(?<name>[^.].*?)(\.(ya?ml|kubeconfig|conf|config))?$/;

function nameOf(file: string): string {
  return KUBECONFIG_FILE.exec(file)?.groups?.['name'] ?? file;
}
