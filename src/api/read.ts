/** What comes of reading something that may be wrong: its value, or one line that says what is. */

export type Read<T> =
  | { readonly kind: 'good'; readonly value: T }
  /** `spec.apiEndpoint: …`. */
  | { readonly kind: 'bad'; readonly problem: string };

export const good = <T>(value: T): Read<T> => ({ kind: 'good', value });
export const bad = (problem: string): Read<never> => ({ kind: 'bad', problem });
