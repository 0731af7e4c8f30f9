/** The completion script in a real bash: which words it offers after which. */

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
let script = '';

beforeAll(() => {
  script = execFileSync(process.execPath, [MAIN, 'completion', 'bash'], { encoding: 'utf8' });
});

/** What bash would offer with the cursor behind the last word. */
function offered(...words: string[]): string[] {
  const line = ['fedns', ...words].map((word) => `'${word}'`).join(' ');
  const asked = `COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _fedns`;
  const text = `${script}\n${asked}\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', text], { encoding: 'utf8' }).trim().split('\n');
}

it.each([
  [['dr'], ['drain']],
  [['members', ''], expect.arrayContaining(['list', 'check', 'add'])],
  [['explain', '--a'], ['--at']],
  [['explain', '-c', 'fedns.yaml', '--a'], ['--at']],
  [['explain', 'web.example.com', '--out'], ['--output']],
  [['records', 'list', '--output', 'z'], ['zone']],
  [['plan', 'records', '-o', 's'], ['skydns']],
  [
    ['serve', '--store-kind', ''],
    ['memory', 'file', 'etcd'],
  ],
  [['completion', 'z'], ['zsh']],
])('after %j', (words, want) => {
  expect(offered(...words)).toEqual(want);
});
