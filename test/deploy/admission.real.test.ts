/**
 * Every row of deploy/admission.md on a real API server that has the definitions, and no webhook:
 * what schema and CEL refuse it refuses, in the words of the table; what the webhook refuses it
 * takes, so that the table does not hide a check that is made already.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { admissionRows, MANIFEST_FILES, manifestObjects } from './admission-table.ts';
import { type HostWithKinds, refusal, startHostWithKinds } from './host-with-kinds.ts';

let host: HostWithKinds;

beforeAll(async () => {
  host = await startHostWithKinds();
  for (const file of MANIFEST_FILES) await host.kubectl(['apply', '-f', '-'], listOf(file));
});
afterAll(() => host?.clusters.stop());

it.each(admissionRows().map((row) => [row.title, row] as const))('%s', async (_, row) => {
  const verb = row.field.startsWith('status') ? ['replace', '--subresource=status'] : ['apply'];
  const args = [...verb, '--dry-run=server', '-f', '-'];
  const said = await refusal(host.kubectl(args, JSON.stringify(row.refused)));
  if (row.by === 'webhook') expect(said).toBeUndefined();
  else expect(said).toContain(row.message);
});

function listOf(file: string): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifestObjects(file) });
}
