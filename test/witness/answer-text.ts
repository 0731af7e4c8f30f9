/** One question over UDP with EDNS; the reply as text that two servers can be compared by. */

import { decode } from 'dns-packet';
import { type AskedType, exchange, withEdns } from '../scenario/running-fedns.ts';

export interface AnswerText {
  readonly rcode: string;
  /** The answer section, `owner TTL TYPE data` each, in the order of the reply. */
  readonly records: readonly string[];
  /** Data of the asked type, wherever the chain ended; sorted. */
  readonly end: readonly string[];
}

const SILENCE: AnswerText = { rcode: 'silence', records: [], end: [] };

export async function answerText(port: number, name: string, type: AskedType): Promise<AnswerText> {
  const bytes = await exchange(port, withEdns(name, type), 3000);
  if (bytes === undefined) return SILENCE;
  const reply = decode(bytes);
  const lines = (reply.answers ?? []).flatMap((record) =>
    'data' in record ? [{ ...record, text: dataText(record.data) }] : [],
  );
  return {
    rcode: 'rcode' in reply ? String(reply.rcode) : '',
    records: lines.map((line) => `${line.name} ${line.ttl} ${line.type} ${line.text}`),
    end: lines
      .filter((line) => line.type === type)
      .map(({ text }) => text)
      .sort(),
  };
}

/** `NXDOMAIN`, `NODATA`, or the data of the asked type: what a table row can say in a word. */
export async function outcome(port: number, name: string, type: AskedType): Promise<string> {
  const { rcode, end, records } = await answerText(port, name, type);
  if (rcode !== 'NOERROR') return rcode;
  if (end.length > 0) return end.join(' ');
  const aliases = records.filter((record) => record.includes(' CNAME ')).length;
  return aliases === 0 ? 'NODATA' : `NODATA after ${aliases} CNAME`;
}

function dataText(data: unknown): string {
  if (Array.isArray(data) && data.every((part) => part instanceof Uint8Array)) {
    return data.map((part) => JSON.stringify(Buffer.from(part).toString('latin1'))).join(' ');
  }
  if (typeof data !== 'object' || data === null) return String(data);
  if ('preference' in data && 'exchange' in data) return `${data.preference} ${data.exchange}`;
  if ('priority' in data && 'weight' in data && 'port' in data && 'target' in data) {
    return `${data.priority} ${data.weight} ${data.port} ${data.target}`;
  }
  return JSON.stringify(data);
}
