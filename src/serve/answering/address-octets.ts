/** Text of a peer's address, as the kernel gives it -> its octets: 4, or 16 (scope dropped). */

import ipaddr from 'ipaddr.js';

/** One answer's asker at a time: the result is overwritten by the next IPv4 call. */
const ipv4 = new Uint8Array(4);

/** Hot for IPv4: digits only, no garbage. IPv6 goes through the library. */
export function addressOctets(text: string): Uint8Array {
  let octet = 0;
  let index = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x2e) {
      ipv4[index++] = octet;
      octet = 0;
    } else if (code >= 0x30 && code <= 0x39) {
      octet = octet * 10 + code - 0x30;
    } else {
      return libraryOctets(text);
    }
  }
  ipv4[index] = octet;
  return ipv4;
}

function libraryOctets(text: string): Uint8Array {
  const bare = text.split('%')[0] ?? text;
  return Uint8Array.from(ipaddr.process(bare).toByteArray());
}

/** The way back, for logs. */
export function textOfAddress(octets: Uint8Array): string {
  return ipaddr.fromByteArray([...octets]).toString();
}
