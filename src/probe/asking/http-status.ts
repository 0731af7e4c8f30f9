/**
 * As much HTTP/1.1 as a probe needs (RFC 9112): one GET out, the status of the final answer in. A
 * whole HTTP client costs seven times what the connection does. Pure.
 */

import { validateHeaderName, validateHeaderValue } from 'node:http';
import { isIPv6 } from 'node:net';
import type { ProbeTarget, StatusCheck } from '../probe-target.ts';

/** Throws on what no request may hold: nothing of a target's may write a second request. */
export function encodeStatusRequest(target: ProbeTarget, check: StatusCheck): string {
  if (!/^\/[!-~]*$/.test(check.path)) throw new Error('not a path');
  const headers = new Map([
    ['host', check.host ?? authorityOf(target)],
    ['user-agent', 'fedns-probe'],
    ['accept', '*/*'],
    ['connection', 'close'],
  ]);
  for (const [name, value] of Object.entries(check.headers ?? {}))
    headers.set(name.toLowerCase(), value);
  let text = `GET ${check.path} HTTP/1.1\r\n`;
  for (const [name, value] of headers) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    text += `${name}: ${value}\r\n`;
  }
  return `${text}\r\n`;
}

function authorityOf({ address, port, check }: ProbeTarget): string {
  const host = isIPv6(address) ? `[${address}]` : address;
  return port === (check.kind === 'https' ? 443 : 80) ? host : `${host}:${port}`;
}

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?=[ \r\n])/;
const STATUS_LINE_OCTETS = 'HTTP/1.1 200 '.length;

/**
 * The status in what has come so far; undefined: more is needed. Interim answers (1xx) are passed
 * over. Throws when it is not HTTP/1.
 */
export function readStatus(received: string): number | undefined {
  let rest = received;
  for (;;) {
    const status = Number(STATUS_LINE.exec(rest)?.[1]);
    if (Number.isNaN(status)) {
      if (rest.length >= STATUS_LINE_OCTETS || !'HTTP/1.'.startsWith(rest.slice(0, 7)))
        throw new Error('not an HTTP answer');
      return undefined;
    }
    if (status >= 200) return status;
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    rest = rest.slice(end + 4);
  }
}
