/** Members cut off by iptables: the story of `inside`, in a network namespace made for it. */

import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ensure } from '../../lab/components.ts';
import { tryCommand } from '../../lab/obtain/command.ts';
import { alone, canBeAlone } from '../clients/own-network.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const LIMIT_MS = 420_000;

const { programs, env } = await ensure('iptables');
const rules = `LD_LIBRARY_PATH=${env['LD_LIBRARY_PATH']} ${programs['iptables']} -L -n >/dev/null`;
/** A kernel without its tables, or a user without namespaces, cannot play this. */
const canCut = await canBeAlone(rules);

it.skipIf(!canCut)(
  `members are cut by iptables in a namespace of the test${canCut ? '' : ': not here, no namespace or no tables'}`,
  async () => {
    const [command = '', ...args] = [
      ...alone('true'),
      ...[process.execPath, 'node_modules/vitest/vitest.mjs', 'run'],
      ...['--config', 'test/vitest.config.ts'],
    ];
    const ran = await tryCommand(command, args, {
      cwd: ROOT,
      env: { TEST_RUN: 'inside' },
      timeoutMs: LIMIT_MS,
    });
    for (const line of ran.stdout.split('\n')) {
      if (line.includes(' wrong of ')) process.stdout.write(`${line}\n`);
    }
    expect(ran.code, `${ran.stdout}\n${ran.stderr}`).toBe(0);
  },
  LIMIT_MS,
);
