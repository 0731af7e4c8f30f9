/** The reading window meets requests that no client of ours sends: an answer, and it lives on. */

import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AdminServer, pagesOf } from '../../src/admin/http-server.ts';

const page = (query: URLSearchParams) =>
  ({ status: 200, type: 'text/plain', body: `to=${query.get('to')}` }) as const;
const server = new AdminServer(
  { kind: 'tcp', host: '127.0.0.1', port: 0 },
  new Map([['GET /page', page]]),
);
let port = 0;
beforeAll(async () => {
  port = await server.start();
});
afterAll(() => server.stop());

/** Sends these octets and gives the status line and the last line of what comes back. */
function send(request: string): Promise<[string | undefined, string | undefined]> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(request));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const lines = text.split('\r\n');
      resolve([lines[0], lines.at(-1)]);
    });
  });
}

const request = (target: string) =>
  `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;

it.each([
  ['//', 'HTTP/1.1 404 Not Found'],
  ['http://[', 'HTTP/1.1 404 Not Found'],
  ['/page/%', 'HTTP/1.1 404 Not Found'],
  ['*', 'HTTP/1.1 404 Not Found'],
])('a target that is no URL: %s', async (target, status) => {
  expect((await send(request(target)))[0]).toBe(status);
});

it('what is no HTTP', async () => {
  expect((await send('\u0000\u0001\r\n\r\n'))[0]).toBe('HTTP/1.1 400 Bad Request');
});

it('the page still answers, with what follows the question mark', async () => {
  expect(await send(request('/page?to=a%20b'))).toEqual(['HTTP/1.1 200 OK', expect.any(String)]);
  const response = await fetch(`http://127.0.0.1:${port}/page?to=a%20b`);
  expect(await response.text()).toBe('to=a b');
});

it('two pages of one name are refused, not one of them hidden', () => {
  expect(() => pagesOf([...pagesOf([['GET /page', page]]), ['GET /page', page]])).toThrow(
    'two pages are called "GET /page"',
  );
});
