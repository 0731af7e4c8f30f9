/** `127.0.0.1:53`, `[::1]:53`, `*:53`, `:53` -> where to listen. Throws InputError LISTEN. */

import ipaddr from 'ipaddr.js';
import { InputError } from '../dns/errors.ts';
import type { ListenSpec } from '../serve/listen-addresses.ts';

const SPEC = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/;

export function listenSpecs(texts: readonly string[]): ListenSpec[] {
  if (texts.length === 0) throw new InputError('LISTEN', 'listen: no address is named');
  return texts.map((text) => listenSpec(text, 'listen'));
}

/** `setting` names the origin in the refusal. */
export function listenSpec(text: string, setting: string): ListenSpec {
  const match = SPEC.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  const bare = host.split('%')[0] ?? '';
  const isHost = host === '' || host === '*' || ipaddr.isValid(bare);
  if (match === null || port > 65_535 || port < 1 || !isHost) {
    throw new InputError(
      'LISTEN',
      `${setting}: "${text}" is not ADDRESS:PORT, [IPV6]:PORT or *:PORT`,
    );
  }
  return { host: host === '' ? '*' : host, port };
}
