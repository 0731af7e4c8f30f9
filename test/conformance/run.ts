/**
 * Runs the protocol suite against any server that has been loaded with the conformance zones:
 * `run.ts --server 127.0.0.1:5353`, or `run.ts --peer nsd|knot|bind` to start one, or
 * `run.ts --write-zones FOLDER`. Exit 1 when a MUST failed.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startBind } from '../lab/bind.ts';
import { startKnot } from '../lab/knot.ts';
import { startNsd } from '../lab/nsd.ts';
import { allCases } from './cases/index.ts';
import { type Failure, runCases } from './runner.ts';
import type { Address } from './wire/exchange.ts';
import { zones } from './zone.ts';

const starters = { nsd: startNsd, knot: startKnot, bind: startBind };

const { values } = parseArgs({
  options: {
    server: { type: 'string' },
    peer: { type: 'string' },
    only: { type: 'string' },
    'write-zones': { type: 'string' },
  },
});

const folder = values['write-zones'];
if (folder !== undefined) {
  for (const zone of zones) writeFileSync(join(folder, `${zone.apex}zone`), zone.text);
} else {
  process.exitCode = await judge();
}

async function judge(): Promise<number> {
  const peer = values.peer as keyof typeof starters | undefined;
  const started = peer === undefined ? undefined : await starters[peer](zones);
  const server = started ?? addressOf(values.server ?? '127.0.0.1:5353');
  const begin = Date.now();
  const only = values.only;
  const failures = await runCases(allCases, server, {
    only: (each) => only === undefined || each.id.includes(only),
  });
  await started?.stop();
  print(failures);
  const must = failures.filter((each) => each.level === 'MUST').length;
  const seconds = ((Date.now() - begin) / 1000).toFixed(1);
  const should = failures.length - must;
  console.log(
    `${allCases.length} cases in ${seconds} s: MUST broken ${must}, SHOULD broken ${should}`,
  );
  return must === 0 ? 0 : 1;
}

function print(failures: readonly Failure[]): void {
  for (const { level, rfc, id, reason } of failures) {
    console.log(`${level.padEnd(7)}${rfc.padEnd(18)}${id}\n       ${reason}`);
  }
}

function addressOf(text: string): Address {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/[[\]]/g, ''), port: Number(text.slice(colon + 1)) };
}
