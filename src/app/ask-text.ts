/** One question of our own server, as a client asks it: the text of a TXT record, by UDP. */

import { createSocket } from 'node:dgram';
import { RRClass, RRType } from '../dns/codes.ts';
import type { DomainName } from '../dns/name.ts';
import { readTxt } from '../dns/rdata/index.ts';
import { decodeMessage, encodeMessage } from '../dns/wire/message.ts';

const ASK_TIMEOUT_MS = 500;

export interface AskedServer {
  readonly address: string;
  readonly port: number;
}

/** undefined: no answer in time, or none that is such a text. */
export function askText(server: AskedServer, name: DomainName): Promise<string | undefined> {
  const id = Math.floor(Math.random() * 65_536);
  const query = encodeMessage({
    id,
    flags: 0,
    questions: [{ name, type: RRType.TXT, class: RRClass.IN }],
    answers: [],
    authorities: [],
    additionals: [],
    edns: undefined,
  });
  return new Promise((resolve) => {
    const socket = createSocket(server.address.includes(':') ? 'udp6' : 'udp4');
    const end = (text: string | undefined) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      socket.close();
      resolve(text);
    };
    const timer = setTimeout(() => end(undefined), ASK_TIMEOUT_MS);
    socket.on('error', () => end(undefined));
    socket.on('message', (answer) => {
      const text = textIn(answer, id);
      if (text !== null) end(text);
    });
    socket.send(query, server.port, server.address, (error) => {
      if (error !== null) end(undefined);
    });
  });
}

/** null: not an answer to this question. */
function textIn(answer: Buffer, id: number): string | undefined | null {
  try {
    const message = decodeMessage(answer);
    if (message.id !== id) return null;
    const [first] = message.answers;
    return first?.type === RRType.TXT ? readTxt(first.rdata).join('') : undefined;
  } catch {
    return null;
  }
}
