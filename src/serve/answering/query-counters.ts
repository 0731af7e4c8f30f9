/**
 * What one answering thread counts, in shared memory: it alone writes, the main thread reads
 * whenever metrics are asked for. No message, no lock, nothing per query but additions.
 *
 *   requests   [zone][protocol][type]     zone: index, the last for none of ours
 *   responses  [zone][rcode]
 *   sizes      [protocol][bucket]         octets, of requests and of responses
 *   durations  [bucket]                   sampled
 *   octets     [protocol][side]           sums of what sizes counts
 */

import { RRType } from '../../dns/codes.ts';

export const PROTOCOLS = ['udp4', 'udp6', 'tcp4', 'tcp6'] as const;
/** Labels of the type dimension; everything else is `other`. */
export const COUNTED_TYPES = [
  'A',
  'AAAA',
  'CNAME',
  'NS',
  'SOA',
  'PTR',
  'MX',
  'TXT',
  'SRV',
  'CAA',
  'ANY',
  'DS',
  'DNSKEY',
  'HTTPS',
] as const;
const TYPE_SLOTS = COUNTED_TYPES.length + 1;
export const RCODE_SLOTS = 24;
/** Upper bounds in octets; one more slot for what is larger. CoreDNS's buckets. */
export const SIZE_BOUNDS = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 65535] as const;
/** Upper bounds in microseconds; one more slot for what is longer. */
export const DURATION_BOUNDS_US = [
  1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384,
] as const;

const SINGLES = [
  'dropped',
  'limited',
  'truncated',
  'sendErrors',
  'uncaught',
  'tcpConnections',
  'tcpRefused',
  'durationSumUs',
  'cookiesValid',
  'do',
  'loopDelayP99Seconds',
  'loopDelayMaxSeconds',
] as const;
export type SingleCounter = (typeof SINGLES)[number];
const SINGLE_SLOTS = Object.fromEntries(SINGLES.map((name, slot) => [name, slot])) as Readonly<
  Record<SingleCounter, number>
>;

export class QueryCounters {
  readonly memory: SharedArrayBuffer;
  readonly zoneCount: number;
  readonly #values: Float64Array;
  readonly #offsets: {
    responses: number;
    requestSizes: number;
    responseSizes: number;
    durations: number;
    octets: number;
    singles: number;
  };

  /** With `memory`, looks into another thread's; without, makes its own. */
  constructor(zoneCount: number, memory?: SharedArrayBuffer) {
    this.zoneCount = zoneCount;
    const zoneSlots = zoneCount + 1;
    const responses = zoneSlots * PROTOCOLS.length * TYPE_SLOTS;
    const requestSizes = responses + zoneSlots * RCODE_SLOTS;
    const responseSizes = requestSizes + PROTOCOLS.length * (SIZE_BOUNDS.length + 1);
    const durations = responseSizes + PROTOCOLS.length * (SIZE_BOUNDS.length + 1);
    const octets = durations + DURATION_BOUNDS_US.length + 1;
    const singles = octets + PROTOCOLS.length * 2;
    this.#offsets = { responses, requestSizes, responseSizes, durations, octets, singles };
    this.memory = memory ?? new SharedArrayBuffer((singles + SINGLES.length) * 8);
    this.#values = new Float64Array(this.memory);
  }

  /** `zoneIndex` -1: none of ours. Sizes in octets. */
  countAnswer(
    answer: { readonly zoneIndex: number; readonly type: number; readonly rcode: number },
    protocol: number,
    sizes: { readonly request: number; readonly response: number },
  ): void {
    const zone = answer.zoneIndex < 0 ? this.zoneCount : answer.zoneIndex;
    const { responses, requestSizes, responseSizes, octets } = this.#offsets;
    this.#add((zone * PROTOCOLS.length + protocol) * TYPE_SLOTS + typeSlot(answer.type), 1);
    this.#add(responses + zone * RCODE_SLOTS + Math.min(answer.rcode, RCODE_SLOTS - 1), 1);
    const sizeSlots = SIZE_BOUNDS.length + 1;
    this.#add(requestSizes + protocol * sizeSlots + boundSlot(SIZE_BOUNDS, sizes.request), 1);
    this.#add(responseSizes + protocol * sizeSlots + boundSlot(SIZE_BOUNDS, sizes.response), 1);
    this.#add(octets + protocol * 2, sizes.request);
    this.#add(octets + protocol * 2 + 1, sizes.response);
  }

  countDuration(microseconds: number): void {
    this.#add(this.#offsets.durations + boundSlot(DURATION_BOUNDS_US, microseconds), 1);
    this.count('durationSumUs', microseconds);
  }

  count(name: SingleCounter, by: number): void {
    this.#add(this.#offsets.singles + SINGLE_SLOTS[name], by);
  }

  /** For what is no count. */
  set(name: SingleCounter, value: number): void {
    this.#values[this.#offsets.singles + SINGLE_SLOTS[name]] = value;
  }

  single(name: SingleCounter): number {
    return this.#at(this.#offsets.singles + SINGLE_SLOTS[name]);
  }

  requests(zoneIndex: number, protocol: number, typeIndex: number): number {
    return this.#at((zoneIndex * PROTOCOLS.length + protocol) * TYPE_SLOTS + typeIndex);
  }

  responses(zoneIndex: number, rcode: number): number {
    return this.#at(this.#offsets.responses + zoneIndex * RCODE_SLOTS + rcode);
  }

  /** Counts per bound of SIZE_BOUNDS, the last for what is larger. */
  sizes(of: 'request' | 'response', protocol: number): number[] {
    const slots = SIZE_BOUNDS.length + 1;
    const start =
      this.#offsets[of === 'request' ? 'requestSizes' : 'responseSizes'] + protocol * slots;
    return [...this.#values.subarray(start, start + slots)];
  }

  /** Octets of all requests or responses of one protocol. */
  octets(of: 'request' | 'response', protocol: number): number {
    return this.#at(this.#offsets.octets + protocol * 2 + (of === 'request' ? 0 : 1));
  }

  /** Counts per bound of DURATION_BOUNDS_US, the last for what is longer. */
  durations(): number[] {
    const start = this.#offsets.durations;
    return [...this.#values.subarray(start, start + DURATION_BOUNDS_US.length + 1)];
  }

  #add(index: number, by: number): void {
    this.#values[index] = (this.#values[index] as number) + by;
  }

  #at(index: number): number {
    return this.#values[index] ?? 0;
  }
}

const TYPE_SLOT_OF: Uint8Array = new Uint8Array(300).fill(COUNTED_TYPES.length);
for (const [slot, name] of COUNTED_TYPES.entries()) TYPE_SLOT_OF[RRType[name]] = slot;

function typeSlot(type: number): number {
  return TYPE_SLOT_OF[type] ?? COUNTED_TYPES.length;
}

function boundSlot(bounds: readonly number[], value: number): number {
  let slot = 0;
  while (slot < bounds.length && value > (bounds[slot] as number)) slot++;
  return slot;
}
