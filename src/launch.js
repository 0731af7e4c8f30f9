#!/usr/bin/env node
/**
 * What npm and a shell start: runs on any Node from 18 on and hands over to the pinned Node 24 that
 * came with the installation, or says in one line what is missing. JavaScript, because an older
 * Node cannot load TypeScript.
 */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 24;
const SEMI_SPACE_MB = 32;
const here = dirname(fileURLToPath(import.meta.url));

/** @param {string} message */
function fail(message) {
  process.stderr.write(`fedns: ${message}\n`);
  process.exit(2);
}

/** The Node binary to run on: this one when it is new enough, else the pinned package's. */
function nodeBinary() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) return process.execPath;
  const name = `node-linux-${process.arch}`;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return join(dirname(manifest), 'bin', 'node');
  } catch {
    fail(
      `needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.versions.node}, and the package ${name} is not installed (npm ci brings it on Linux x64 and arm64)`,
    );
    return process.execPath;
  }
}

/** TypeScript in a checkout, JavaScript in an installed package. */
function entry() {
  const source = join(here, 'main.ts');
  if (existsSync(source)) return source;
  const built = join(here, '..', 'dist', 'main.js');
  if (!existsSync(built)) fail(`is not installed whole: ${built} is missing`);
  return built;
}

/**
 * What can only be said before a process starts; what the caller has set stands.
 *
 * NODE_COMPILE_CACHE: compiled code is kept from one start to the next (0.5 s instead of 0.9 s to
 * `version` in a checkout, and 45 MB less, for nothing has to be stripped of its types again).
 * MALLOC_*: glibc raises these by itself after a large block is freed, and from then on keeps what
 * a load leaves behind (100,000 names from etcd: 340 MB resident instead of 288). Not lower: Node
 * takes 64 KB for each datagram, and those must not be mapped one by one.
 */
function environment() {
  return {
    ...compileCache(),
    MALLOC_MMAP_THRESHOLD_: '131072',
    MALLOC_TRIM_THRESHOLD_: '131072',
    ...process.env,
  };
}

/**
 * max-semi-space-size, MB: on a large machine V8 takes 64 for each half of a thread's young
 * generation, 134 MB resident for nothing that could be measured at 100,000 names. With 16 what a
 * million shards have under way at a start is taken for old, and costs a tenth more time.
 */
function nodeOptions() {
  const isSaid = /semi.space/.test(process.env.NODE_OPTIONS ?? '');
  const options = ['--disable-warning=ExperimentalWarning'];
  return isSaid ? options : [...options, `--max-semi-space-size=${SEMI_SPACE_MB}`];
}

/** Nothing where nobody has a home: an unknown user in a container. */
function compileCache() {
  try {
    const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
    return { NODE_COMPILE_CACHE: join(cache, 'fedns', 'compiled') };
  } catch {
    return {};
  }
}

const node = nodeBinary();
const args = [...nodeOptions(), entry(), ...process.argv.slice(2)];
// Newer than 22: it takes this process's place, and whoever kills the one has killed the other.
if (typeof process.execve === 'function') process.execve(node, [node, ...args], environment());
const child = spawn(node, args, { stdio: 'inherit', env: environment() });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) {
  process.on(signal, () => child.kill(/** @type {NodeJS.Signals} */ (signal)));
}
child.on('error', (error) => fail(`cannot start ${node}: ${error.message}`));
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
