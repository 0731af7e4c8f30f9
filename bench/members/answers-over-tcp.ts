/** All that a name answers, as a client asks that was told of truncation: over TCP. */

import { createConnection } from 'node:net';
import { streamDecode, streamEncode } from 'dns-packet';

/** How many answers; undefined: none came in time. */
export function answersOverTcp(
  port: number,
  name: string,
  timeoutMs: number,
): Promise<number | undefined> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  return new Promise((resolve) => {
    const end = (count: number | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(count);
    };
    const timer = setTimeout(() => end(undefined), timeoutMs);
    let octets = Buffer.alloc(0);
    socket.on('error', () => end(undefined));
    socket.on('close', () => end(undefined));
    socket.on('data', (chunk) => {
      octets = Buffer.concat([octets, chunk]);
      if (octets.length < 2 || octets.length < octets.readUInt16BE(0) + 2) return;
      end(streamDecode(octets)?.answers?.length ?? 0);
    });
    socket.write(
      streamEncode({ type: 'query', id: 7, flags: 0, questions: [{ type: 'A', name }] }),
    );
  });
}
