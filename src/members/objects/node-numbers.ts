/**
 * NodeNumbers: a member's nodes by number, for thousands of slices name the same ones. Numbers stand
 * for good; past `max` names there are no more, and a slice holds the name itself: a lying member
 * costs bounded memory.
 */

export class NodeNumbers {
  readonly #max: number;
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  numberOf(name: string): number | undefined {
    const known = this.#numbers.get(name);
    if (known !== undefined || this.#names.length >= this.#max) return known;
    this.#numbers.set(name, this.#names.length);
    return this.#names.push(name) - 1;
  }

  nameOf(number: number): string {
    return this.#names[number] ?? '';
  }
}
