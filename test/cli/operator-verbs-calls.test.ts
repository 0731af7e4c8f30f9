/** Calls of the verbs for whoever runs a federation: what is wrong with them, and convert's words. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const kubeconfig = join(mkdtempSync(join(tmpdir(), 'operator-')), 'config');
writeFileSync(
  kubeconfig,
  JSON.stringify({
    clusters: [{ name: 'dead', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'me', user: { token: 'secret-word' } }],
    contexts: [{ name: 'dead', context: { cluster: 'dead', user: 'me' } }],
    'current-context': 'dead',
  }),
);

function fedns(words: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
    input,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('refused in one line', () => {
  it.each([
    ['pause cm', 2, 'pause: takes either a NAME or --all'],
    ['resume cm web --all', 2, 'resume: takes either a NAME or --all'],
    ['pause cm web -A', 2, '--all-namespaces: goes with --all only'],
    ['accept --timeout soon', 2, '--timeout: "soon" is no duration such as 30s or 5m'],
    ['drain east/shop/web --workloads', 2, '--workloads: "east/shop/web" is no cluster\'s name'],
    ['drain east --kubeconfig x', 2, '--kubeconfig: goes with --workloads only'],
    ['drain east --workloads --timeout x', 2, '--timeout: "x" is no duration'],
    ['get cm web -A', 2, '--all-namespaces: a NAME is looked for in one namespace'],
    ['get cm web -l a=b', 2, '--selector: takes no NAME'],
    ['diff', 2, 'diff: takes either TYPE and NAME or -f'],
    ['diff cm', 2, 'diff: takes either TYPE and NAME or -f'],
    ['diff cm web -f -', 2, 'diff: takes either TYPE and NAME or -f'],
    ['convert', 2, "required option '-f, --file"],
    ['accept', 1, 'dead: '],
    ['get', 1, 'dead: '],
    ['describe cm web', 1, 'dead: '],
  ])('%s', (call, code, want) => {
    const words = call.split(' ');
    const isOfHost = code === 1;
    const { status, stderr } = fedns([...words, ...(isOfHost ? ['--kubeconfig', kubeconfig] : [])]);
    expect({ status, lines: stderr.trim().split('\n').length }).toEqual({ status: code, lines: 1 });
    expect(stderr).toContain(want);
    expect(stderr).not.toContain('secret-word');
  });
});

describe('convert', () => {
  const OLD = `# Nightly.
apiVersion: batch/v1beta1
kind: CronJob
metadata: {name: nightly, namespace: shop}
spec: {schedule: "0 3 * * *"}
`;

  it('says every change, and that comments are lost', () => {
    expect(fedns(['convert', '-f', '-'], OLD)).toEqual({
      status: 0,
      stdout: `apiVersion: batch/v1
kind: CronJob
metadata:
  name: nightly
  namespace: shop
spec:
  schedule: 0 3 * * *
`,
      stderr: `fedns: standard input:2: CronJob shop/nightly: apiVersion: batch/v1beta1 is batch/v1
fedns: standard input: its comments are not taken over
`,
    });
  });

  it('all or nothing', () => {
    const input = `${OLD}---
apiVersion: policy/v1beta1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {selector: {}}
`;
    const { status, stdout, stderr } = fedns(['convert', '-f', '-'], input);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe(
      'fedns: standard input:10: PodDisruptionBudget web: spec.selector: {} selected no pod, and in policy/v1 selects all of them: say which\n',
    );
  });

  it('as JSON, several as a List', () => {
    const { stdout } = fedns(['convert', '-o', 'json', '-f', '-'], `${OLD}---\n${OLD}`);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'List',
      items: [{ apiVersion: 'batch/v1' }, {}],
    });
  });
});
