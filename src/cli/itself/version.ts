/** `fedns version`: ours and the Node it runs on. */

import type { Command } from 'commander';
import { productVersion } from '../../app/product-version.ts';
import { print } from '../output.ts';

export function addVersion(program: Command): void {
  program
    .command('version')
    .description('version of FedNS and of the Node it runs on')
    .action(() => print(`fedns ${productVersion()} (node ${process.versions.node})`));
}
