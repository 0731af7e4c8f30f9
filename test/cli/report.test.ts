/** What verbs on a federation did, as lines or as one document; and that all of them can say it so. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { addFederation } from '../../src/cli/federation/index.ts';
import { Report, type ReportFormat } from '../../src/cli/federation/report.ts';
import { addInstalling } from '../../src/cli/installing/index.ts';
import { addVersion } from '../../src/cli/itself/version.ts';
import { addDrain } from '../../src/cli/running/drain.ts';
import { addMembers } from '../../src/cli/running/members.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const SHOP = {
  resource: { group: '', version: 'v1', kind: 'Namespace' },
  ...{ namespace: '', name: 'shop' },
};
const WEB = {
  resource: { group: 'apps', version: 'v1', kind: 'Deployment' },
  ...{ namespace: 'shop', name: 'web' },
};

let printed = '';
beforeEach(() => {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

function tell(format: ReportFormat, hasFailed = false): string {
  const report = new Report({ format, isDryRun: true });
  report.step('one', SHOP, 'created');
  report.step('one', WEB, 'kept', 'it was there before');
  report.note('one: joined (dry run)');
  report.end({ hasFailed });
  return printed;
}

const DOCUMENT = {
  dryRun: true,
  steps: [
    { cluster: 'one', apiVersion: 'v1', kind: 'Namespace', name: 'shop', step: 'created' },
    {
      ...{ cluster: 'one', apiVersion: 'apps/v1', kind: 'Deployment' },
      ...{ namespace: 'shop', name: 'web', step: 'kept', why: 'it was there before' },
    },
  ],
  notes: ['one: joined (dry run)'],
};

describe('a report', () => {
  it('in lines, as it goes', () => {
    expect(tell('text')).toBe(
      [
        'one: Namespace shop created (dry run)',
        'one: Deployment shop/web kept: it was there before',
        'one: joined (dry run)',
        '',
      ].join('\n'),
    );
  });

  it.each([false, true])('as one document, also where it broke off (%s)', (hasFailed) => {
    expect(JSON.parse(tell('json', hasFailed))).toEqual(DOCUMENT);
    printed = '';
    expect(parse(tell('yaml', hasFailed))).toEqual(DOCUMENT);
  });

  it('of nothing: an empty one where the verb is done, none where it failed', () => {
    new Report({ format: 'json', isDryRun: false }).end({ hasFailed: true });
    expect(printed).toBe('');
    new Report({ format: 'json', isDryRun: false }).end({ hasFailed: false });
    expect(JSON.parse(printed)).toEqual({ dryRun: false, steps: [], notes: [] });
  });

  it('an answer stands in place of it', () => {
    const report = new Report({ format: 'yaml', isDryRun: false });
    report.answer({ a: 1 }, 'text');
    report.end({ hasFailed: false });
    expect(printed).toBe('a: 1\n');
  });
});

describe('-o', () => {
  const program = new Command();
  for (const add of [addFederation, addInstalling, addMembers, addDrain, addVersion]) add(program);
  const leaves = (command: Command, path: string): [string, Command][] =>
    command.commands.length === 0
      ? [[path, command]]
      : command.commands.flatMap((sub) => leaves(sub, `${path} ${sub.name()}`.trim()));
  // Of a configuration file, not of a federation.
  const verbs = leaves(program, '').filter(([path]) => !/^members (?!renew)/.test(path));

  it.each(verbs)('%s takes json and yaml', (_path, verb) => {
    const option = verb.options.find(({ short }) => short === '-o');
    expect(option?.argChoices).toEqual(expect.arrayContaining(['json', 'yaml']));
  });

  const fedns = (...words: string[]) =>
    spawnSync(process.execPath, [MAIN, ...words], { encoding: 'utf8' }).stdout;

  it('of the version', () => {
    const want = { fedns: expect.stringMatching(/^\d/), node: process.versions.node };
    expect(JSON.parse(fedns('version', '-o', 'json'))).toEqual(want);
    expect(parse(fedns('version', '-o', 'yaml'))).toEqual(want);
  });

  it('of install: all that would be applied, and no cluster is asked', () => {
    const read = parseAllDocuments(fedns('install', '-o', 'yaml', '--kubeconfig', '/nowhere'));
    const objects = read.map((document) => document.toJS());
    const kinds = objects.map(({ kind }) => kind);
    expect(kinds[0]).toBe('Namespace');
    for (const kind of ['CustomResourceDefinition', 'ClusterRole', 'Deployment']) {
      expect(kinds).toContain(kind);
    }
    const list = JSON.parse(fedns('install', '-o', 'json', '--kubeconfig', '/nowhere'));
    expect(list).toEqual({ apiVersion: 'v1', kind: 'List', items: objects });
    const definitions = fedns('install', '--only-definitions', '-o', 'json', '--kubeconfig', '/no');
    const defined = JSON.parse(definitions).items.map(({ kind }: { kind: string }) => kind);
    expect(new Set(defined)).toEqual(new Set(['CustomResourceDefinition']));
  });
});
