/**
 * Has every component of the lab before the tests start, so that no test waits for a build.
 * Prints progress on stderr and a table; exit 1 names what is missing.
 */
import { type ComponentName, components, ensure } from './components.ts';

interface Row {
  readonly name: ComponentName;
  readonly seconds: number;
  readonly version: string;
  readonly problem?: string;
}

async function prepare(name: ComponentName): Promise<Row> {
  const started = Date.now();
  const seconds = () => (Date.now() - started) / 1000;
  try {
    const paths = await ensure(name);
    return { name, version: paths.version, seconds: seconds() };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { name, version: '-', seconds: seconds(), problem };
  }
}

const rows: Row[] = [];
// One after another: two Go builds at once on two cores are slower than one after the other.
for (const { name, isOfLongTests } of components) {
  if (isOfLongTests !== true) rows.push(await prepare(name));
}

process.stdout.write('lab component     version                          seconds\n');
for (const row of rows) {
  const cells = [row.name.padEnd(18), row.version.padEnd(33), row.seconds.toFixed(1).padStart(6)];
  process.stdout.write(`${cells.join('')}${row.problem === undefined ? '' : '  MISSING'}\n`);
}
const missing = rows.filter((row) => row.problem !== undefined);
for (const row of missing) process.stderr.write(`${row.problem}\n`);
process.exitCode = missing.length === 0 ? 0 : 1;
