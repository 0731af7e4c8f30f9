/**
 * Debian programs without installing them: `apt-get download` (apt checks the signatures) and
 * `dpkg -x` of a package and of the libraries this machine lacks. Our choice, also for root: no
 * postinst starts a daemon, nothing collides with the host, an ordinary user can do it too.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, lock } from './cache.ts';
import { runCommand, tryCommand } from './command.ts';

const LIBRARY = /^lib(?!.*-perl$|pam|semanage|debian-installer|elogind)/;

/** "debian-12": part of the cache key, since packages of another release are other versions. */
export function releaseName(): string {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]*)`, 'm').exec(text)?.[1] ?? 'none';
  return `${field('ID')}-${field('VERSION_ID')}`;
}

export interface Extraction {
  readonly package: string;
  readonly report: (line: string) => void;
}

/** Leaves the files under `folder`/root and the package's version in `folder`/version. */
export async function extractPackage(folder: string, wanted: Extraction): Promise<void> {
  const apt = await privateApt(wanted.report);
  const names = [wanted.package, ...(await missingLibraries(apt, wanted.package))];
  const downloads = join(folder, 'downloads');
  const root = join(folder, 'root');
  mkdirSync(downloads);
  mkdirSync(root);
  wanted.report(`downloading ${names.length} Debian packages`);
  await runCommand('apt-get', [...apt, 'download', ...names], {
    cwd: downloads,
    timeoutMs: 10 * 60_000,
  });
  for (const file of readdirSync(downloads)) {
    await runCommand('dpkg', ['-x', join(downloads, file), root]);
  }
  const own = readdirSync(downloads).find((file) => file.startsWith(`${wanted.package}_`)) ?? '';
  writeFileSync(join(folder, 'version'), decodeURIComponent(own.split('_')[1] ?? 'unknown'));
  rmSync(downloads, { recursive: true });
}

/** LD_LIBRARY_PATH for programs below `root`: the folders where Debian puts libraries. */
export function libraryPath(root: string): string {
  const folders = ['usr/lib', 'lib'].map((name) => join(root, name)).filter((at) => existsSync(at));
  const triplets = folders.flatMap((at) =>
    readdirSync(at)
      .filter((name) => name.includes('-linux-'))
      .map((name) => join(at, name)),
  );
  return [...triplets, ...folders].join(':');
}

let updated: Promise<string[]> | undefined;

/** Options that give apt state folders of its own; the package lists are fetched once a process. */
function privateApt(report: (line: string) => void): Promise<string[]> {
  updated ??= (async () => {
    const home = join(cacheFolder(), `apt-${releaseName()}`);
    for (const part of ['state/lists/partial', 'cache/archives/partial']) {
      mkdirSync(join(home, part), { recursive: true });
    }
    const options = [
      ...['-o', `Dir::State=${join(home, 'state')}`],
      ...['-o', `Dir::State::lists=${join(home, 'state/lists')}`],
      ...['-o', 'Dir::State::status=/var/lib/dpkg/status'],
      ...['-o', `Dir::Cache=${join(home, 'cache')}`],
      ...['-o', 'APT::Sandbox::User='],
      ...['-o', 'APT::Get::AllowUnauthenticated=false'],
    ];
    report('apt-get update, in folders of the lab');
    const release = await lock(join(cacheFolder(), 'apt.lock'), report);
    // A third-party source may be down without harm to ours: the download decides.
    const update = await tryCommand('apt-get', [...options, 'update'], { timeoutMs: 5 * 60_000 });
    release();
    if (update.code === 127)
      throw new Error('apt-get is missing: this needs Debian or a child of it');
    return options;
  })();
  return updated;
}

async function missingLibraries(apt: readonly string[], name: string): Promise<string[]> {
  const only = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'];
  const listing = await runCommand('apt-cache', [
    ...apt,
    'depends',
    '--recurse',
    ...only.map((kind) => `--no-${kind}`),
    name,
  ]);
  const names = new Set(listing.split('\n').filter((line) => /^[a-z0-9]/.test(line)));
  names.delete(name);
  const listed = await tryCommand('dpkg', ['-l'], { env: { COLUMNS: '500' } });
  const installed = new Set(
    [...listed.stdout.matchAll(/^ii\s+([^\s:]+)/gm)].map((match) => match[1] ?? ''),
  );
  // Programs of the dependencies (adduser, dpkg, perl) serve postinst only, which never runs here.
  // bind9-libs is the one library package that does not begin with lib.
  return [...names].filter(
    (each) => (LIBRARY.test(each) || each === 'bind9-libs') && !installed.has(each),
  );
}
