/** `127.0.0.1:53`, `[::1]:53`, `*:53`, `:53` -> where to listen. Throws InputError LISTEN. */

import ipaddr from 'ipaddr.js';
import { InputError } from '../../dns/errors.ts';
import type { ListenSpec } from '../../serve/listen-addresses.ts';
import type { ListenFailure } from '../../serve/listening.ts';

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

/** One line that names the place and the way out. */
export function listenProblem(failure: ListenFailure): string {
  if (failure.kind === 'too-many') {
    return `listen: ${failure.count} local addresses for a wildcard, over ${failure.max}: name those to use`;
  }
  const { bound, error } = failure;
  const where = bound.address.includes(':')
    ? `[${bound.address}]:${bound.port}`
    : `${bound.address}:${bound.port}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return `listen ${where}: address in use by another program`;
    case 'EACCES':
      return `listen ${where}: permission denied; ports below 1024 need CAP_NET_BIND_SERVICE (the systemd unit gives it), or listen on a higher port behind a Service or redirect as the container does (1053)`;
    case 'EADDRNOTAVAIL':
      return `listen ${where}: not an address of this machine`;
    default:
      return `listen ${where}: ${error.message}`;
  }
}
