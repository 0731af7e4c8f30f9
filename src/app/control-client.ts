/** Calls a running server over the local socket of its state folder. */

import { request } from 'node:http';
import { join } from 'node:path';
import { CONTROL_SOCKET } from './control-pages.ts';

const ANSWER_MS = 30_000;

/** Rejects when no server runs on that folder, or when it refuses; the message says which. */
export function callServer(folder: string, method: 'GET' | 'POST', path: string): Promise<unknown> {
  const socketPath = join(folder, CONTROL_SOCKET);
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path, timeout: ANSWER_MS }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(body));
        else reject(new Error(body.trim()));
      });
    });
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', (error) => reject(new Error(`${socketPath}: ${reason(error)}`)));
    call.end();
  });
}

function reason(error: Error): string {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return 'no server runs on this state folder';
  if (code === 'EACCES') return 'permission denied';
  return error.message;
}
