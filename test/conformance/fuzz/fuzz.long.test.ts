/**
 * R2, nightly: two hundred thousand mutated packets.
 */
import { test } from 'vitest';
import { startFedns } from '../fedns.ts';
import { zones } from '../zone.ts';
import { fuzzFedns } from './fuzz-fedns.ts';

test('fedns survives two hundred thousand', { timeout: 1_200_000 }, async () => {
  const server = await startFedns(zones);
  await fuzzFedns(server, { seeds: [11, 12, 13, 14], packetsEach: 50_000 });
  await server.stop();
});
