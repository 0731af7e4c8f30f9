/**
 * Measures how far NSD and Knot agree on random zones, and shows where they do not:
 * `run.ts [--zones 500] [--questions 200] [--seed 1] [--fedns]`.
 */
import { parseArgs } from 'node:util';
import { startFedns } from '../conformance/fedns.ts';
import { startKnot } from '../lab/knot.ts';
import { startNsd } from '../lab/nsd.ts';
import { compareServers, describeComparison } from './compare-servers.ts';
import { generateZone } from './generate-zone.ts';

const { values } = parseArgs({
  options: {
    zones: { type: 'string', default: '500' },
    questions: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    fedns: { type: 'boolean', default: false },
  },
});

const zones = Array.from({ length: Number(values.zones) }, (_, index) =>
  generateZone(Number(values.seed) + index, Number(values.questions)),
);
const texts = zones.map((each) => each.zone);
const begin = Date.now();
const [nsd, knot] = [await startNsd(texts), await startKnot(texts)];
const ours = values.fedns ? await startFedns(texts) : undefined;
const loaded = Date.now();
const trial = ours === undefined ? {} : { trial: ours };
const result = await compareServers(zones, { witnesses: [nsd, knot], ...trial });
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
console.log(`loaded in ${seconds(loaded - begin)}, asked in ${seconds(Date.now() - loaded)}`);
console.log(describeComparison(result));
for (const each of result.disputes.slice(0, 15)) console.log(`disputed ${each}`);
for (const each of result.differences.slice(0, 15)) {
  console.log(`DIFFERENT ${each.replay}\n  witnesses: ${each.witnesses}\n  fedns: ${each.trial}`);
}
await Promise.all([nsd.stop(), knot.stop(), ours?.stop()]);
process.exitCode = result.differences.length === 0 ? 0 : 1;
