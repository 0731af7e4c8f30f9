/** Calls a running server over the local socket of its state folder. */

import { request } from 'node:http';
import { join } from 'node:path';
import { CONTROL_SOCKET } from './control-pages.ts';

/** Nobody listens there: no fault, where a verb works without one too. */
export class NoServerError extends Error {
  override readonly name = 'NoServerError';
}

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
    sent.on('error', (error) => reject(callFailure(error, socketPath)));
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export function callFailure(error: Error, socketPath: string): Error {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return new NoServerError(`${socketPath}: no server runs on this state folder`);
  }
  const reason = code === 'EACCES' ? 'permission denied' : error.message;
  return new Error(`${socketPath}: ${reason}`);
}
