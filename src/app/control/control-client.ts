/** Calls a running server over the local socket of its state folder. */

import { request } from 'node:http';
import { join } from 'node:path';
import { InputError } from '../../dns/errors.ts';

/** Where the socket lies in a state folder. */
export const CONTROL_SOCKET = 'control.sock';

/** Nobody listens there: no fault, where a verb works without one too. */
export class NoServerError extends Error {
  override readonly name = 'NoServerError';
}

/** This process is another than the one to ask: it has no such page. */
export class NoPageError extends Error {
  override readonly name = 'NoPageError';
}

const ANSWER_MS = 30_000;

/**
 * `call` is a page of app/control: `POST /takeover/leave`. Gives its JSON. Rejects when no server
 * runs on that folder (NoServerError), when the call is wrong (InputError), or when the server
 * cannot do it; the message says which.
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
        else reject(callRefusal(call, response.statusCode, text));
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.on('error', (error) => reject(callFailure(error, socketPath)));
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** What a page says that is not 200. */
export function callRefusal(call: string, status: number | undefined, text: string): Error {
  const said = text.trim();
  if (said.startsWith('no such page'))
    return new NoPageError(notTheOneToAsk(call, said.split('\n')));
  return status === 400 ? new InputError('CALL', said) : new Error(said);
}

/** What a server and a controller both lack, or only one has: by the pages it does have. */
function notTheOneToAsk(call: string, pages: readonly string[]): string {
  const path = call.split('?')[0] ?? '';
  if (/ \/(top|query-log|store|takeover)/.test(path)) {
    return `the process on this state folder is a controller: it answers no queries (${path})`;
  }
  if (!pages.includes('GET /members')) {
    const why = 'its records come from a shards file, or from the store alone';
    return `the running server watches no member clusters: ${why}`;
  }
  return pages.includes('GET /status')
    ? `the running server is of another version: it does not know ${path}`
    : 'this process stores what it sees for another to publish: ask the one that publishes';
}

export function callFailure(error: Error, socketPath: string): Error {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return new NoServerError(`${socketPath}: no server runs on this state folder (store.folder)`);
  }
  const reason = code === 'EACCES' ? 'permission denied' : error.message;
  return new Error(`${socketPath}: ${reason}`);
}
