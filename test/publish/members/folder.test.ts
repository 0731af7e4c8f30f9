/**
 * A folder of kubeconfigs, followed while it runs: files come, change, break and go, mounts swap
 * links, the folder is emptied or closed. The members are faulty APIs, so that one can be told.
 */

import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder, waitUntil } from '../../lab/process.ts';
import { MemberWorld } from './member-world.ts';

/** Longer than noticing, settling and reading take. */
const QUIET_MS = 1500;

let world: MemberWorld;
let folder: string;

beforeEach(async () => {
  world = new MemberWorld(['c1', 'c2', 'c3']);
  await world.open();
  for (const [at, name] of ['c1', 'c2', 'c3'].entries()) {
    world.member(name).node('n1', 'r', name);
    world.member(name).service('default/web', [`192.0.2.${at + 1}`]);
  }
  folder = temporaryFolder('members');
});
afterEach(() => world.close());

/** Aside and renamed, as a careful program writes. */
function put(name: string, text = world.kubeconfigText(name)): void {
  const aside = join(folder, `.${name}.new`);
  writeFileSync(aside, text);
  renameSync(aside, join(folder, `${name}.kubeconfig`));
}

function start(): Promise<void> {
  return world.start({ folder }, []);
}

async function untilJoined(names: readonly string[]): Promise<void> {
  await waitUntil(
    `joined: ${names}`,
    async () => {
      const joined = [...world.running.registry.joined.keys()].sort();
      if (JSON.stringify(joined) === JSON.stringify(names)) return true;
      throw new Error(joined.join());
    },
    5000,
  );
}

async function untilGlobal(addresses: string): Promise<void> {
  await waitUntil(
    `global name: ${addresses}`,
    async () => {
      const global = (await world.published())['web.default '];
      if (global === addresses) return true;
      throw new Error(String(global));
    },
    8000,
  );
}

function problems(): string[] {
  return world.log
    .filter(({ message }) => message === 'members read in part')
    .map(({ fields }) => `${basename(fields.file ?? '')}: ${fields.reason}`);
}

describe('files', () => {
  it('come and go: their members join and leave, with their records', async () => {
    put('c1');
    await start();
    await untilGlobal('A 192.0.2.1');
    put('c2');
    await untilGlobal('A 192.0.2.1 192.0.2.2');
    unlinkSync(join(folder, 'c1.kubeconfig'));
    await untilGlobal('A 192.0.2.2');
    await untilJoined(['c2']);
    expect(problems()).toEqual([]);
  });

  it('written in steps are read once they rest, and told of in no half', async () => {
    put('c1');
    await start();
    const text = world.kubeconfigText('c2');
    const at = join(folder, 'c2.kubeconfig');
    for (let end = 0; end <= text.length; end += Math.ceil(text.length / 8)) {
      writeFileSync(at, text.slice(0, end));
      await sleep(40);
    }
    writeFileSync(at, text);
    await untilJoined(['c1', 'c2']);
    expect(problems()).toEqual([]);
  });

  it('that did not change leave their members undisturbed', async () => {
    put('c1');
    await start();
    const { member } = world.running.registry.get('c1') ?? {};
    put('c2');
    await untilJoined(['c1', 'c2']);
    put('c1');
    await sleep(QUIET_MS);
    expect(world.running.registry.get('c1')?.member).toBe(member);
  });

  it('that break keep their member, are told once, and touch no neighbour', async () => {
    put('c1');
    put('c2');
    await start();
    await untilGlobal('A 192.0.2.1 192.0.2.2');
    const { member } = world.running.registry.get('c1') ?? {};
    put('c1', 'clusters: [not a kubeconfig');
    put('c3');
    await untilGlobal('A 192.0.2.1 192.0.2.2 192.0.2.3');
    expect(world.running.registry.get('c1')?.member).toBe(member);
    expect(problems()).toEqual([expect.stringMatching(/^c1\.kubeconfig: .*access it had stays$/)]);
    put('c1');
    await sleep(QUIET_MS);
    expect(world.running.registry.get('c1')?.member).toBe(member);
    expect(problems().length).toBe(1);
  });

  it('that no member can be named by, or two name one, harm nobody', async () => {
    put('c1');
    await start();
    put('c2');
    writeFileSync(join(folder, 'c2.yaml'), world.kubeconfigText('c3'));
    writeFileSync(join(folder, 'c2.kubeconfig~'), 'an editor was here');
    await untilJoined(['c1', 'c2']);
    expect(problems().sort()).toEqual([
      expect.stringMatching(/^c2\.kubeconfig~: /),
      expect.stringMatching(/^c2\.yaml: .*c2\.kubeconfig names it too, and wins$/),
    ]);
  });

  it('broken at a start: what its member said before stays', async () => {
    put('c1');
    put('c2');
    await start();
    await untilGlobal('A 192.0.2.1 192.0.2.2');
    await world.stop();
    put('c1', 'broken');
    await start();
    await sleep(QUIET_MS);
    await untilGlobal('A 192.0.2.1 192.0.2.2');
    await untilJoined(['c2']);
    put('c1');
    await untilJoined(['c1', 'c2']);
  });
});

describe('the folder', () => {
  it('as a mount of a Secret: `..data` is turned, and all is another at once', async () => {
    const version = (name: string, members: readonly string[]) => {
      mkdirSync(join(folder, name));
      for (const one of members) {
        writeFileSync(join(folder, name, `${one}.kubeconfig`), world.kubeconfigText(one));
      }
    };
    version('..v1', ['c1', 'c2']);
    symlinkSync('..v1', join(folder, '..data'));
    for (const one of ['c1', 'c2']) {
      symlinkSync(`..data/${one}.kubeconfig`, join(folder, `${one}.kubeconfig`));
    }
    await start();
    await untilGlobal('A 192.0.2.1 192.0.2.2');
    // As kubelet does: new links first, the swap, old links last.
    version('..v2', ['c2', 'c3']);
    symlinkSync('..data/c3.kubeconfig', join(folder, 'c3.kubeconfig'));
    symlinkSync('..v2', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    rmSync(join(folder, '..v1'), { recursive: true });
    unlinkSync(join(folder, 'c1.kubeconfig'));
    await untilGlobal('A 192.0.2.2 192.0.2.3');
    await untilJoined(['c2', 'c3']);
  });

  it.each([
    ['emptied', () => emptied()],
    ['moved away', () => renameSync(folder, `${folder}-away`)],
  ])('%s takes nobody away, and is told', async (_what, take) => {
    put('c1');
    put('c2');
    await start();
    await untilGlobal('A 192.0.2.1 192.0.2.2');
    take();
    await waitUntil('told', async () => problems().length > 0, 5000);
    expect(problems()[0]).toMatch(/members\.folder: .*: its members stay as they are$/);
    await sleep(QUIET_MS);
    await untilGlobal('A 192.0.2.1 192.0.2.2');
    await untilJoined(['c1', 'c2']);
    expect(problems().length).toBe(1);
    // Back, with one less.
    mkdirSync(folder, { recursive: true });
    put('c2');
    await untilGlobal('A 192.0.2.2');
  });

  it('empty at a start: what was known stays, and files that come are joined', async () => {
    put('c1');
    put('c2');
    await start();
    await untilGlobal('A 192.0.2.1 192.0.2.2');
    await world.stop();
    emptied();
    await start();
    await sleep(QUIET_MS);
    await untilGlobal('A 192.0.2.1 192.0.2.2');
    put('c2');
    // Who is in it is known now: c1 is not.
    await untilGlobal('A 192.0.2.2');
  });

  it('that is not there at a start is refused, in one line', async () => {
    folder = join(folder, 'none');
    await expect(start()).rejects.toThrow(/^members\.folder: .*none: no such file or folder$/);
  });

  it('a name of members.list in it is the list’s', async () => {
    put('c1');
    put('c2');
    await world.start({ folder }, ['c1']);
    await untilJoined(['c1', 'c2']);
    const told = world.log.filter(({ fields }) => fields.reason?.endsWith('too, and wins'));
    expect(told.map(({ fields }) => fields.key)).toEqual(['members.folder c1']);
  });
});

function emptied(): void {
  for (const name of readdirSync(folder)) {
    // Read before it goes: a test that empties nothing would show nothing.
    expect(readFileSync(join(folder, name), 'utf8')).not.toBe('');
    unlinkSync(join(folder, name));
  }
}
