/** The little HTTP of a probe: what is sent, what is understood, what is refused. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeStatusRequest, readStatus } from '../../src/probe/asking/http-status.ts';
import type { StatusCheck } from '../../src/probe/probe-target.ts';

const CHECK: StatusCheck = { kind: 'http', path: '/ready?x=1', statuses: [200, 299] };
const encode = (check: Partial<StatusCheck>, address = '192.0.2.1', port = 8080) => {
  const whole = { ...CHECK, ...check };
  return encodeStatusRequest({ address, port, check: whole }, whole);
};

it('asks for the path with the address as host', () => {
  expect(encode({})).toBe(
    'GET /ready?x=1 HTTP/1.1\r\nhost: 192.0.2.1:8080\r\nuser-agent: fedns-probe\r\naccept: */*\r\nconnection: close\r\n\r\n',
  );
});

it.each([
  ['an IPv6 address', encode({}, '2001:db8::1'), 'host: [2001:db8::1]:8080'],
  ['the usual port', encode({}, '192.0.2.1', 80), 'host: 192.0.2.1'],
  ['the usual port of TLS', encode({ kind: 'https' }, '192.0.2.1', 443), 'host: 192.0.2.1'],
  ['a host', encode({ host: 'web.example' }), 'host: web.example'],
  ['a header', encode({ headers: { 'X-Probe': 'yes' } }), 'x-probe: yes'],
  ['a header of ours', encode({ headers: { 'User-Agent': 'me' } }), 'user-agent: me'],
])('%s', (_, text, line) => {
  expect(text.split('\r\n')).toContain(line);
  expect(text.split('user-agent').length).toBe(2);
});

it.each<[string, Partial<StatusCheck>]>([
  ['a path with a line end', { path: '/\r\nx: y' }],
  ['a path with a space', { path: '/ HTTP/1.1' }],
  ['no path', { path: '' }],
  ['a URL', { path: 'http://a.example/' }],
  ['a host with a line end', { host: 'a\r\nb: c' }],
  ['a header name with a colon', { headers: { 'a: b': 'c' } }],
  ['a header with a line end', { headers: { a: 'b\r\nc: d' } }],
  ['a header beyond octets', { headers: { a: '\u2603' } }],
])('%s is not sent', (_, check) => {
  expect(() => encode(check)).toThrow();
});

it.each([
  ['', undefined],
  ['HTT', undefined],
  ['HTTP/1.1 20', undefined],
  ['HTTP/1.1 200', undefined],
  ['HTTP/1.1 200 OK', 200],
  ['HTTP/1.0 503 Service Unavailable\r\n', 503],
  ['HTTP/1.1 404\r\n', 404],
  ['HTTP/1.1 100 Continue\r\n', undefined],
  ['HTTP/1.1 100 Continue\r\n\r\n', undefined],
  ['HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 204 No Content\r\n', 204],
])('%j says %s', (text, status) => {
  expect(readStatus(text)).toBe(status);
});

it.each(['SSH-2.0-OpenSSH_9.2\r\n', 'X', 'HTTP/2 200 OK', 'HTTP/1.1 2000 OK', 'HTTP/1.1 abc OK'])(
  '%j is not HTTP/1',
  (text) => {
    expect(() => readStatus(text)).toThrow('not an HTTP answer');
  },
);

it('understands the same however the answer is cut', () => {
  const answer = 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 301 Moved\r\nlocation: /\r\n\r\n';
  fc.assert(
    fc.property(fc.nat(answer.length), (length) => {
      const status = readStatus(answer.slice(0, length));
      expect(status === undefined || status === 301).toBe(true);
    }),
  );
});
