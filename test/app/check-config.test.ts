/** `config check` finds what a start would refuse, and no file of a person is refused for nothing. */

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { checkConfig } from '../../src/app/config/check-config.ts';
import { explainConfig, readConfig } from '../../src/app/config/read-config.ts';
import { problemOf } from '../../src/dns/errors.ts';
import { temporaryFolder } from '../lab/process.ts';

/** The complaint about this configuration file; `sound` when there is none. */
function complaint(text: string, zones = 'example.com'): string {
  const folder = temporaryFolder('check');
  const file = join(folder, 'fedns.yaml');
  writeFileSync(file, text);
  writeFileSync(join(folder, 'bad.zone'), 'www 300 A 192.0.2\n');
  const flags = zones === '' ? new Map() : new Map([['--zones', [zones]]]);
  try {
    checkConfig(readConfig({ file, environment: {}, flags }));
    return 'sound';
  } catch (error) {
    return problemOf(error);
  }
}

it.each([
  ['nothing', '', /^sound$/],
  ['only comments', '# listen: []\n', /^sound$/],
  ['a port too high', 'listen: ["127.0.0.1:70000"]', /^listen: "127\.0\.0\.1:70000" is not /],
  ['a bad window', 'admin: {listen: "9153"}', /^admin\.listen: "9153" is not /],
  ['no shards file', 'shardsFile: none.yaml', /none\.yaml: no such file/],
  ['no cookie secrets', 'answers: {cookieSecretsFile: none}', /none: no such file/],
  [
    'no certificate',
    'store: {kind: etcd, certFile: none, keyFile: none}',
    /^store\.certFile: .*none: no such file/,
  ],
  [
    'a secret in a URL',
    'store: {kind: etcd, urls: ["http://u:p@127.0.0.1:2379"]}',
    /fedns\.yaml:1: store\.urls\[0\]: no user in a URL/,
  ],
])('%s', (_what, text, want) => {
  expect(complaint(text)).toMatch(want);
});

it('a zone file, its lines, and keys of a zone', () => {
  expect(complaint('zones: [{apex: example.com, file: bad.zone}]', '')).toMatch(/bad\.zone:1: /);
  expect(complaint('zones: [{apex: example.com, file: none}]', '')).toMatch(/none: no such file/);
  expect(complaint('zones: [{apex: example.com, flie: none}]', '')).toMatch(
    /fedns\.yaml:1: zones\[0\]: unknown key "flie", did you mean "file"\?$/,
  );
});

it('a complaint of one item of a list names where the list came from, not the file', () => {
  const file = join(temporaryFolder('origin'), 'fedns.yaml');
  writeFileSync(file, 'zones: [example.com]\n');
  const read = (environment: Record<string, string>, flags: [string, string[]][]) =>
    readConfig({ file, environment, flags: new Map(flags) });
  expect(() => read({ FEDNS_ANSWERS_WHY_CLIENTS: '192.0.2.0/24,1.2' }, [])).toThrow(
    /^FEDNS_ANSWERS_WHY_CLIENTS: answers\.whyClients\.1: not a network/,
  );
  expect(() => read({}, [['--members-namespace-policies', ['a=b']]])).toThrow(
    /^flag --members-namespace-policies: members\.namespacePolicies\.0: not NAMESPACE=POLICY/,
  );
});

it('the domain of the members is a zone of ours', () => {
  const members = 'members: {list: [a]}\n';
  expect(complaint(`federation: {name: f, domain: example.org}\n${members}`, '')).toBe('sound');
  expect(complaint(members, '')).toMatch(/^federation\.domain: needed/);
});

it('a flag goes before a variable, a variable before the file', () => {
  const file = join(temporaryFolder('origin'), 'fedns.yaml');
  writeFileSync(file, 'answers: {threads: 3, nsid: file}\nstore: {prefix: /file}\n');
  const read = readConfig({
    file,
    environment: { FEDNS_ANSWERS_THREADS: '4', FEDNS_ANSWERS_NSID: 'variable' },
    flags: new Map([['--answers-threads', ['5']]]),
  });
  const found = new Map(explainConfig(read).map((row) => [row.path, [row.value, row.origin]]));
  expect(found.get('answers.threads')).toEqual([5, 'flag --answers-threads']);
  expect(found.get('answers.nsid')).toEqual(['variable', 'FEDNS_ANSWERS_NSID']);
  expect(found.get('store.prefix')).toEqual(['/file', file]);
  expect(found.get('answers.order')).toEqual(['rotate', 'default']);
});

const EXAMPLES = fileURLToPath(new URL('../../deploy/examples/', import.meta.url));

it.each(
  readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(fedns|contributor|publisher)\.yaml$/.test(file),
  ),
)('the example %s is sound', (file) => {
  const read = readConfig({ file: join(EXAMPLES, file), environment: {}, flags: new Map() });
  expect(checkConfig(read)).toEqual(expect.any(Array));
});
