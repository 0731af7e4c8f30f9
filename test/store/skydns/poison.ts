/** Test support: 20 values and keys that have taken other readers down (R14). */
import type { Keys } from './view-text.ts';

export const POISON: Keys = {
  '/skydns/example/p/01': 'not json',
  '/skydns/example/p/02': 'null',
  '/skydns/example/p/03': '[]',
  '/skydns/example/p/04': `{"host":"${'x'.repeat(1_400_000)}"}`,
  '/skydns/example/p/05': { host: `${'l'.repeat(70)}.example` },
  '/skydns/example/p/06': { host: Array(80).fill('abc').join('.') },
  '/skydns/example/p/07': { host: '192.0.2.1', ttl: -1 },
  '/skydns/example/p/08': { host: '192.0.2.1', ttl: 1e12 },
  '/skydns/example/p/09': { host: '192.0.2.1', ttl: 'x' },
  '/skydns/example/p/10': { host: '192.0.2.1', port: 99_999 },
  '/skydns/example/p/11': { host: ['192.0.2.1'] },
  '/skydns/example/p/12': { host: 'nul\0octet' },
  '/skydns/example/p/13': { host: 'a..b' },
  '/skydns/example/p/14': { host: 'ünï.example' },
  '/skydns/example/p/15': '{"host":"192.0.2.1"',
  '/skydns/example/p/16': { host: '192.0.2.1', targetstrip: 1.5 },
  '/skydns/example/p/17': { host: 'fe80::1%eth0' },
  '/skydns/example/p/a//b': { host: '192.0.2.1' },
  [`/skydns/example/p/${'k'.repeat(70)}`]: { host: '192.0.2.1' },
  '/skydns/example/p/..': { host: '192.0.2.1' },
};
