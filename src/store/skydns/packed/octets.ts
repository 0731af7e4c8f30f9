/**
 * Packer and Unpacker: numbers and texts into one text of octets, and back. Numbers are in base 128,
 * low digits first; each text comes after its length. What rests so is one object to the collector.
 */

export class Packer {
  #octets = Buffer.alloc(16_384);
  #at = 0;

  begin(): void {
    this.#at = 0;
  }

  /** A whole number from 0 to 2^53 - 1. */
  number(value: number): void {
    this.#room(8);
    let rest = value;
    while (rest > 0x7f) {
      this.#octets[this.#at++] = 0x80 | (rest % 128);
      rest = Math.floor(rest / 128);
    }
    this.#octets[this.#at++] = rest;
  }

  /** One character an octet. */
  text(text: string): void {
    this.number(text.length);
    this.octets(text);
  }

  /** Whose length is known to whoever unpacks it. */
  octets(text: string): void {
    this.#room(text.length);
    this.#octets.write(text, this.#at, 'latin1');
    this.#at += text.length;
  }

  octet(value: number): void {
    this.#room(1);
    this.#octets[this.#at++] = value;
  }

  /** An even number of lower-case hexadecimal digits, two an octet. */
  hex(digits: string): void {
    this.#room(digits.length / 2);
    this.#at += this.#octets.write(digits, this.#at, 'hex');
  }

  end(): string {
    return this.#octets.toString('latin1', 0, this.#at);
  }

  #room(octets: number): void {
    if (this.#at + octets <= this.#octets.length) return;
    const larger = Buffer.alloc(2 * (this.#at + octets));
    this.#octets.copy(larger, 0, 0, this.#at);
    this.#octets = larger;
  }
}

/** Its texts are pieces of what it unpacks. */
export class Unpacker {
  readonly #packed: string;
  #at = 0;

  constructor(packed: string) {
    this.#packed = packed;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#packed.length;
  }

  number(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const digit = this.octet();
      value += (digit & 0x7f) * factor;
      if (digit < 0x80) return value;
    }
  }

  text(): string {
    return this.octets(this.number());
  }

  octets(length: number): string {
    this.#at += length;
    return this.#packed.slice(this.#at - length, this.#at);
  }

  skip(length: number): void {
    this.#at += length;
  }

  octet(): number {
    return this.#packed.charCodeAt(this.#at++);
  }

  hex(digitCount: number): string {
    let digits = '';
    for (let count = 0; count < digitCount; count += 2) digits += HEX[this.octet()] ?? '';
    return digits;
  }
}

const HEX = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));
