/**
 * The table of deploy/admission.md against the checks that the webhook and the command line make:
 * they refuse what every row says, whoever else does; and take what KubeFed's users write.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkObject } from '../../../src/api/kubefed/check-object.ts';
import { formatFieldProblem } from '../../../src/api/kubefed/field-problem.ts';
import {
  admissionRows,
  DEPLOY,
  MANIFEST_FILES,
  manifestObjects,
} from '../../deploy/admission-table.ts';

const rows = admissionRows();
const partOf = (field: string) => (field.startsWith('status') ? 'status' : 'spec');

it.each(rows.map((row) => [row.title, row] as const))('%s', (_, row) => {
  const before = row.title.endsWith('does not change') ? row.good : undefined;
  const problems = checkObject(row.refused, { part: partOf(row.field), before });
  const field = fieldPattern(row.field);
  const found = problems.find((problem) => field.test(problem.field));
  if (found === undefined) throw new Error(`only ${JSON.stringify(problems)}`);
  // The API server has its own words for what a schema refuses.
  if (row.by !== 'schema') expect(formatFieldProblem(found)).toContain(row.message);
});

it('every row says who refuses', () => {
  expect([...new Set(rows.map((row) => row.by))].sort()).toEqual(['CEL', 'schema', 'webhook']);
});

it('every message of a CEL rule is in the table', () => {
  const folder = join(DEPLOY, 'crds');
  const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yaml'))
    .map((path) => readFileSync(join(folder, path), 'utf8'));
  const messages = texts.flatMap((text) =>
    [...text.matchAll(/^ +message: ([^\n{]+[a-z0-9)])"?$/gm)].map((match) =>
      (match[1] ?? '').replace(/^"/, ''),
    ),
  );
  const said = rows.filter((row) => row.by === 'CEL').map((row) => row.message);
  const missing = messages.filter((message) => !said.some((each) => message.includes(each)));
  expect(messages.length).toBeGreaterThan(20);
  expect([...new Set(missing)]).toEqual([]);
});

it.each(MANIFEST_FILES.flatMap(manifestObjects).map((each) => [each.kind, each] as const))(
  'a good %s',
  (_, object) => {
    expect(checkObject(object)).toEqual([]);
  },
);

it.each(
  MANIFEST_FILES.flatMap(manifestObjects)
    .filter((object) => object['status'] !== undefined)
    .map((each) => [each.kind, each] as const),
)('a good status of %s', (_, object) => {
  expect(checkObject(object, { part: 'status' })).toEqual([]);
});

/** `[]` is any index, `*` any name. */
function fieldPattern(field: string): RegExp {
  const escaped = field.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('\\[\\]', '\\[\\d+\\]').replaceAll('*', '.+')}$`);
}
