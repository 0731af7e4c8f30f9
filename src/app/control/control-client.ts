/** Calls a running server over the local socket of its state folder. */

import { request } from 'node:http';
import { join } from 'node:path';
import { CONTROL_SOCKET } from './control-pages.ts';

const ANSWER_MS = 30_000;

/**
 * `call` is a page of control-pages.ts: `POST /takeover/leave`. Gives its JSON. Rejects when no
 * server runs on that folder, or when it refuses; the message says which.
 */
export function callServer(folder: string, call: string, body?: unknown): Promise<unknown> {
  const [method = 'GET', path = '/'] = call.split(' ');
  const socketPath = join(folder, CONTROL_SOCKET);
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, timeout: ANSWER_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(text.trim()));
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.on('error', (error) => reject(new Error(`${socketPath}: ${reason(error)}`)));
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function reason(error: Error): string {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return 'no server runs on this state folder';
  if (code === 'EACCES') return 'permission denied';
  return error.message;
}
