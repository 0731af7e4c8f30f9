/** What etcd is asked with is read again for each connection; a file just being replaced is no loss. */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { etcdOptions } from '../../src/app/config/etcd-settings.ts';
import { readConfig } from '../../src/app/config/read-config.ts';
import { temporaryFolder } from '../lab/process.ts';

it('renewed certificates and passwords are taken up; unreadable ones leave the last', () => {
  const folder = temporaryFolder('etcd-settings');
  const file = join(folder, 'fedns.yaml');
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write(
    'fedns.yaml',
    'zones: [example.com]\nstore: {kind: etcd, user: u, passwordFile: pw, caFile: ca}',
  );
  write('pw', 'first\n');
  write('ca', 'CA 1');
  const { tls, auth } = etcdOptions(readConfig({ file, environment: {}, flags: new Map() }));
  if (typeof tls !== 'function' || typeof auth !== 'function') throw new Error('read once only');
  expect([tls(), auth()]).toEqual([{ ca: 'CA 1' }, { username: 'u', password: 'first' }]);
  write('pw', 'second');
  write('ca', 'CA 2');
  expect([tls(), auth()]).toEqual([{ ca: 'CA 2' }, { username: 'u', password: 'second' }]);
  rmSync(join(folder, 'pw'));
  rmSync(join(folder, 'ca'));
  expect([tls(), auth()]).toEqual([{ ca: 'CA 2' }, { username: 'u', password: 'second' }]);
});

it('half of a pair is refused at the start', () => {
  const folder = temporaryFolder('etcd-settings');
  const file = join(folder, 'fedns.yaml');
  writeFileSync(file, 'zones: [example.com]\nstore: {kind: etcd, user: u}');
  const read = readConfig({ file, environment: {}, flags: new Map() });
  expect(() => etcdOptions(read)).toThrow('store.user and store.passwordFile go together');
});
