/** A file that people and mounts change in every way they know: each change is told, none kills. */

import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WatchedFile } from '../../src/publish/file/watched-file.ts';
import { temporaryFolder } from '../lab/process.ts';

let folder = '';
let path = '';
let watched: WatchedFile;
/** What was read at each call: the text, or the system's word. */
let told: string[] = [];

beforeEach(() => {
  folder = temporaryFolder('watched');
  path = join(folder, 'shards.yaml');
  told = [];
  watched = new WatchedFile(path, () => told.push(readOrCode()));
});
afterEach(() => {
  watched.stop();
  rmSync(folder, { recursive: true, force: true });
});

function readOrCode(): string {
  try {
    return watched.read();
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

async function isTold(text: string): Promise<void> {
  await expect.poll(() => told.at(-1), { timeout: 3000, interval: 20 }).toBe(text);
}

function begin(text: string): void {
  writeFileSync(path, text);
  expect(watched.read()).toBe(text);
  watched.start();
}

it('written in place, and by an editor that replaces it', async () => {
  begin('one');
  writeFileSync(path, 'two');
  await isTold('two');
  writeFileSync(join(folder, 'new'), 'three');
  renameSync(join(folder, 'new'), path);
  await isTold('three');
});

it('a link of a link is turned, as ConfigMap mounts do', async () => {
  for (const name of ['v1', 'v2']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'shards.yaml'), name);
  }
  symlinkSync('v1', join(folder, '..data'));
  symlinkSync('..data/shards.yaml', path);
  expect(watched.read()).toBe('v1');
  watched.start();
  symlinkSync('v2', join(folder, '..tmp'));
  renameSync(join(folder, '..tmp'), join(folder, '..data'));
  await isTold('v2');
});

it('gone, a circle of links, and back', async () => {
  begin('one');
  unlinkSync(path);
  await isTold('ENOENT');
  symlinkSync('shards.yaml', path);
  await isTold('ELOOP');
  unlinkSync(path);
  writeFileSync(path, 'two');
  await isTold('two');
});
