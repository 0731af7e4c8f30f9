/** Which addresses are bound: named as they are, wildcards as what the machine has. */

import { expect, it } from 'vitest';
import { wantedAddresses } from '../../src/serve/listen-addresses.ts';

const LOCAL = ['127.0.0.1', '192.0.2.1', '::1', 'fe80::1%eth0'];
const at = (addresses: string[], port = 53) => addresses.map((address) => ({ address, port }));

it.each([
  [[{ host: '192.0.2.9', port: 53 }], at(['192.0.2.9']), []],
  [[{ host: '*', port: 53 }], [], at(LOCAL)],
  [[{ host: '0.0.0.0', port: 53 }], [], at(['127.0.0.1', '192.0.2.1'])],
  [[{ host: '::', port: 53 }], [], at(['::1', 'fe80::1%eth0'])],
  [
    [
      { host: '192.0.2.1', port: 53 },
      { host: '0.0.0.0', port: 53 },
    ],
    at(['192.0.2.1']),
    at(['127.0.0.1']),
  ],
])('%j', (specs, named, wildcard) => {
  expect(wantedAddresses(specs, LOCAL)).toEqual({ kind: 'ok', named, wildcard });
});

it('demands a list where a wildcard would mean more than 64 addresses', () => {
  const many = Array.from({ length: 65 }, (_, index) => `192.0.2.${index}`);
  expect(wantedAddresses([{ host: '*', port: 53 }], many)).toEqual({
    kind: 'too-many',
    count: 65,
    max: 64,
  });
});
