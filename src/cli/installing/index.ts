/** Into a host and out of it: the door of their room. */

import type { Command } from 'commander';
import { addInstall } from './install.ts';
import { addUninstall } from './uninstall.ts';

export function addInstalling(program: Command): void {
  addInstall(program);
  addUninstall(program);
}
