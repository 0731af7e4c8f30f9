/** A stream of lines from a running server, over the local socket of its state folder. */

import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { CONTROL_SOCKET, callFailure, callRefusal } from './control-client.ts';

/** Longer than a few beats of the server: it hangs, ms. */
const SILENCE_MS = 20_000;
/** A line is a name with its addresses: a thousand of them are 64 KB. */
const LINE_OCTETS_MAX = 1024 * 1024;

/** One value a line until the server ends it, or is silent. Throws as `callServer` rejects. */
export async function* streamServer(folder: string, page: string): AsyncGenerator<unknown> {
  const socketPath = join(folder, CONTROL_SOCKET);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({ socketPath, path: page, timeout: SILENCE_MS }, resolve);
    sent.on('timeout', () => sent.destroy(new Error('the server is silent')));
    sent.on('error', (error) => reject(callFailure(error, socketPath)));
    sent.end();
  });
  response.setEncoding('utf8');
  let rest = '';
  for await (const chunk of response as AsyncIterable<string>) {
    rest += chunk;
    if (response.statusCode !== 200) continue;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_OCTETS_MAX) throw new Error('a line of the server is too long');
    for (const line of lines) yield JSON.parse(line);
  }
  if (response.statusCode !== 200) throw callRefusal(`GET ${page}`, response.statusCode, rest);
}
