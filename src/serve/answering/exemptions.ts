/** Which clients are never rate limited: loopback, and the networks the operator named. */

import ipaddr from 'ipaddr.js';

const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/** `networks` are checked CIDRs. The result takes 4 or 16 octets. O(networks). */
export function exemptions(networks: readonly string[]): (address: Uint8Array) => boolean {
  const ranges = [...LOOPBACK, ...networks].map((network) => {
    const [range, bits] = ipaddr.parseCIDR(network);
    return { octets: Uint8Array.from(range.toByteArray()), bits };
  });
  return (address) =>
    ranges.some(
      ({ octets, bits }) => octets.length === address.length && isInRange(address, octets, bits),
    );
}

function isInRange(address: Uint8Array, octets: Uint8Array, bits: number): boolean {
  const whole = bits >> 3;
  for (let index = 0; index < whole; index++) {
    if (address[index] !== octets[index]) return false;
  }
  const rest = bits & 7;
  if (rest === 0) return true;
  const mask = (0xff << (8 - rest)) & 0xff;
  return ((address[whole] as number) & mask) === ((octets[whole] as number) & mask);
}
