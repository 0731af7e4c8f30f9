/** SRV: priority, weight, port, target, RFC 2782. */

import { type DomainName, formatName, parseName } from '../name.ts';
import type { Rdata } from '../rrset.ts';
import {
  expectCount,
  nameAfterFromWire,
  parseNumber,
  type RdataCodec,
  tokenAt,
  uint16,
  uint16At,
} from './codec.ts';

export interface Srv {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: DomainName;
}

export function makeSrv({ priority, weight, port, target }: Srv): Rdata {
  return (uint16(priority) + uint16(weight) + uint16(port) + target) as Rdata;
}

export function readSrv(rdata: Rdata): Srv {
  return {
    priority: uint16At(rdata, 0),
    weight: uint16At(rdata, 2),
    port: uint16At(rdata, 4),
    target: rdata.slice(6) as DomainName,
  };
}

export const srvCodec: RdataCodec = {
  parse(tokens, origin) {
    expectCount(tokens, 4);
    return makeSrv({
      priority: parseNumber(tokenAt(tokens, 0, 'priority'), 0xffff, 'priority'),
      weight: parseNumber(tokenAt(tokens, 1, 'weight'), 0xffff, 'weight'),
      port: parseNumber(tokenAt(tokens, 2, 'port'), 0xffff, 'port'),
      target: parseName(tokenAt(tokens, 3, 'target'), origin),
    });
  },
  format(rdata) {
    const { priority, weight, port, target } = readSrv(rdata);
    return `${priority} ${weight} ${port} ${formatName(target)}`;
  },
  fromWire: nameAfterFromWire(6),
};
