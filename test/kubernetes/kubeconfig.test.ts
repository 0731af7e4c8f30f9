/** Kubeconfigs as kubectl finds and merges them, what each context gives, and what is said of bad ones. */

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  inClusterAccess,
  type Kubeconfig,
  loadKubeconfig,
} from '../../src/kubernetes/kubeconfig.ts';
import { TEST_CERTIFICATE, TEST_KEY } from '../probe/certificate.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fedns-kubeconfig-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** One context `name`, with one cluster and one user of that name. */
function config(
  name: string,
  { cluster = '', user = '{token: secret}', current = name } = {},
): string {
  return `
apiVersion: v1
kind: Config
current-context: ${current}
clusters: [{name: ${name}, cluster: {server: "https://${name}.example:6443/" ${cluster}}}]
users: [{name: ${name}, user: ${user}}]
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}}}]
`;
}

const load = (path: string, environment = {}) => loadKubeconfig({ path, environment });

async function credentialsOf(path: string, context = 'east') {
  return await (await load(path)).access(context).credentials();
}

async function complaint(promise: Promise<Kubeconfig>, context?: string): Promise<string> {
  try {
    const found = await promise;
    await found.access(context ?? found.currentContext).credentials();
  } catch (error) {
    return `${error instanceof Error && 'code' in error ? error.code : ''} ${String(error)}`;
  }
  return 'nothing';
}

describe('where they are', () => {
  it('a named file, and nothing else', async () => {
    const path = write('a', config('east'));
    const found = await load(path, { KUBECONFIG: write('b', config('west')) });
    expect([found.contexts, found.currentContext]).toEqual([['east'], 'east']);
    expect(found.access('east')).toMatchObject({
      context: 'east',
      server: 'https://east.example:6443',
      user: 'east',
    });
  });

  it('KUBECONFIG: missing files are skipped, the first one wins for each name', async () => {
    const first = write('a', config('east', { current: '""' }));
    const second = write('b', config('west'));
    const third = write('c', `${config('east', { cluster: ', proxy-url: "http://p"' })}`);
    const KUBECONFIG = ['', join(folder, 'none'), first, second, third].join(':');
    const found = await loadKubeconfig({ environment: { KUBECONFIG }, home: folder });
    expect([found.contexts, found.currentContext]).toEqual([['east', 'west'], 'west']);
    expect((await found.access('east').credentials()).proxyUrl).toBeUndefined();
    for (const part of ['east.example', 'west.example']) expect(found.text).toContain(part);
  });

  it('else ~/.kube/config', async () => {
    mkdirSync(join(folder, '.kube'));
    write('.kube/config', config('home'));
    const found = await loadKubeconfig({ environment: { KUBECONFIG: '' }, home: folder });
    expect(found.currentContext).toBe('home');
    const byHome = await loadKubeconfig({ environment: { HOME: folder } });
    expect(byHome.currentContext).toBe('home');
  });
});

describe('what is said of bad ones', () => {
  const rows: readonly (readonly [string, string, string, RegExp])[] = [
    ['not YAML', 'a: [', '', /^KUBECONFIG_FILE .*\/k: is not YAML: /],
    ['a list', '- a', '', /^KUBECONFIG_FILE .*\/k: is no kubeconfig$/],
    ['empty', '', '', /^KUBECONFIG_CONTEXT .*\/k: no current context$/],
    [
      'no such context',
      config('east'),
      'eats',
      /^KUBECONFIG_CONTEXT .*\/k: no context "eats", did you mean "east"\?$/,
    ],
    [
      'no cluster',
      config('east').replace('cluster: east,', 'cluster: x,'),
      '',
      /context "east": no cluster "x"$/,
    ],
    [
      'no user',
      config('east').replace('user: east}', 'user: x}'),
      '',
      /context "east": no user "x"$/,
    ],
    [
      'no server',
      config('east').replace(/"https.*?"/, '""'),
      '',
      /context "east": its cluster has no server$/,
    ],
    [
      'no URL',
      config('east').replace('https:', 'ftp:'),
      '',
      /server ftp:\/\/east.example:6443\/ is no https URL$/,
    ],
    [
      'plain http',
      config('east').replace('https:', 'http:'),
      '',
      /plain http shows credentials .* insecure-skip-tls-verify/,
    ],
    [
      'odd proxy',
      config('east', { cluster: ', proxy-url: "gopher://u:secret@p"' }),
      '',
      /proxy-url is no http, https or socks5 URL$/,
    ],
    [
      'no CA file',
      config('east', { cluster: ', certificate-authority: ca.crt' }),
      '',
      /^KUBECONFIG_ACCESS .*certificate-authority \/.*\/ca.crt: no such file$/,
    ],
    [
      'bad CA data',
      config('east', { cluster: ', certificate-authority-data: "???"' }),
      '',
      /certificate-authority-data is no PEM in base64$/,
    ],
    [
      'no token file',
      config('east', { user: '{tokenFile: t}' }),
      '',
      /tokenFile \/.*\/t: no such file$/,
    ],
    [
      'half a pair',
      config('east', { user: `{client-key-data: ${base64(TEST_KEY)}}` }),
      '',
      /client-certificate and client-key need each other$/,
    ],
    [
      'no program',
      config('east', { user: '{exec: {command: ./none}}' }),
      '',
      /\/none is not there$/,
    ],
  ];
  it.each(rows)('%s', async (_name, text, context, wanted) => {
    const said = await complaint(load(write('k', text)), context || undefined);
    expect(said.replace(/ Kubeconfig\w*: /, ' ')).toMatch(wanted);
    expect(said).not.toMatch(/secret|\n/);
  });

  it.each([
    ['a named file', { path: '/nowhere/k' }, /^KUBECONFIG_FILE .*: \/nowhere\/k: no such file$/],
    ['KUBECONFIG', { environment: { KUBECONFIG: '/x/a:/x/b' } }, /: \/x\/a:\/x\/b: no such file$/],
    ['a folder', { path: '/tmp' }, /: \/tmp: is a folder$/],
  ])('%s is not there', async (_name, place, wanted) => {
    expect(await complaint(loadKubeconfig({ environment: {}, ...place }))).toMatch(wanted);
  });
});

describe('credentials', () => {
  const ends = (seconds: number) =>
    `x.${Buffer.from(`{"exp":${seconds}}`).toString('base64url')}.y`;

  it('token, its end, TLS name, proxy, whom to be', async () => {
    const user = `{token: ${ends(2_000_000_000)}, as: jane, as-groups: [dev, ops]}`;
    const cluster = `, tls-server-name: api.example, proxy-url: "socks5://p:1080", certificate-authority-data: ${base64(TEST_CERTIFICATE)}`;
    expect(await credentialsOf(write('k', config('east', { cluster, user })))).toEqual({
      headers: {
        authorization: `Bearer ${ends(2_000_000_000)}`,
        'impersonate-user': 'jane',
        'impersonate-group': ['dev', 'ops'],
      },
      tls: { ca: TEST_CERTIFICATE, servername: 'api.example' },
      proxyUrl: 'socks5://p:1080',
      expiresAt: new Date(2_000_000_000_000),
    });
  });

  it('certificate and key by files beside the kubeconfig, and when it ends', async () => {
    write('c.crt', TEST_CERTIFICATE);
    write('c.key', TEST_KEY);
    const user = '{client-certificate: c.crt, client-key: c.key}';
    const cluster = ', insecure-skip-tls-verify: true';
    const found = await credentialsOf(write('k', config('east', { cluster, user })));
    const tls = { cert: TEST_CERTIFICATE, key: TEST_KEY, rejectUnauthorized: false };
    expect(found).toMatchObject({ headers: {}, tls });
    expect(found.expiresAt?.getUTCFullYear()).toBe(2126);
  });

  it('user and password; nobody', async () => {
    const found = await credentialsOf(
      write('k', config('east', { user: '{username: u, password: p}' })),
    );
    expect(found.headers).toEqual({ authorization: `Basic ${base64('u:p')}` });
    const nobody = config('east').replace(', user: east}', '}');
    expect((await credentialsOf(write('n', nobody))).headers).toEqual({});
  });

  it('a token file wins over a token, and is read again once it was refused', async () => {
    write('t', 'one\n');
    const found = await load(write('k', config('east', { user: '{token: no, tokenFile: t}' })));
    const access = found.access('east');
    const first = await access.credentials();
    expect(first.headers).toEqual({ authorization: 'Bearer one' });
    write('t', 'two\n');
    expect(await access.credentials()).toBe(first);
    const second = await access.credentials({ refused: first });
    expect(second.headers).toEqual({ authorization: 'Bearer two' });
    // Another request was refused with the old ones: the new ones are at hand.
    expect(await access.credentials({ refused: first })).toBe(second);
  });

  it('a program: asked once until its credentials end or are refused', async () => {
    const program = write(
      'give.sh',
      `#!/bin/sh
echo run >> "$0.log"
echo "$KUBERNETES_EXEC_INFO" > "$0.info"
echo '{"status":{"token":"'$WORD-$1-$(wc -l < "$0.log" | tr -d ' ')'","expirationTimestamp":"2100-01-01T00:00:00Z"}}'
`,
    );
    chmodSync(program, 0o755);
    const exec =
      '{command: ./give.sh, args: [x], env: [{name: WORD, value: w}], provideClusterInfo: true}';
    const path = write('k', config('east', { user: `{exec: ${exec}}` }));
    const access = (await load(path, process.env)).access('east');
    const [first, same] = await Promise.all([access.credentials(), access.credentials()]);
    expect(first.headers).toEqual({ authorization: 'Bearer w-x-1' });
    expect(first.expiresAt).toEqual(new Date('2100-01-01T00:00:00Z'));
    expect(same).toBe(first);
    const second = await access.credentials({ refused: first });
    expect(second.headers).toEqual({ authorization: 'Bearer w-x-2' });
  });

  it.each([
    ['fails', 'echo "no login" >&2; exit 3', /give.sh failed: no login$/],
    ['says nonsense', 'echo hello', /give.sh said what is no ExecCredential$/],
    ['gives nothing', 'echo "{}"', /give.sh gave neither token nor certificate$/],
    ['says too much', 'head -c 3000000 /dev/zero', /give.sh says too much$/],
  ])('a program that %s', async (_name, script, wanted) => {
    chmodSync(write('give.sh', `#!/bin/sh\n${script}\n`), 0o755);
    const path = write('k', config('east', { user: '{exec: {command: ./give.sh}}' }));
    expect(await complaint(load(path, process.env))).toMatch(wanted);
  });

  it('the pod’s own account', async () => {
    write('token', 'pod\n');
    write('ca.crt', TEST_CERTIFICATE);
    const environment = { KUBERNETES_SERVICE_HOST: '2001:db8::1', KUBERNETES_SERVICE_PORT: '443' };
    const access = inClusterAccess({ environment, folder });
    expect(access.server).toBe('https://[2001:db8::1]:443');
    expect(await access.credentials()).toMatchObject({
      headers: { authorization: 'Bearer pod' },
      tls: { ca: TEST_CERTIFICATE },
    });
    expect(() => inClusterAccess({ environment: {} })).toThrow(/this is no pod/);
  });
});

describe('an auth-provider, by client-node', () => {
  it('a token of oidc that has not ended is used', async () => {
    const parts = ['{"alg":"none"}', '{"exp":4000000000}', 'signed'];
    const token = parts.map((part) => Buffer.from(part).toString('base64url')).join('.');
    const settings = `{name: oidc, config: {id-token: ${token}, client-id: c, idp-issuer-url: "https://i.example", refresh-token: r, client-secret: s}}`;
    const found = await credentialsOf(
      write('k', config('east', { user: `{auth-provider: ${settings}}` })),
    );
    expect(found.headers).toEqual({ authorization: `Bearer ${token}` });
    expect(found.expiresAt).toEqual(new Date(4_000_000_000_000));
  });
});
