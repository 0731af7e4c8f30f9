/**
 * The type that a person means by a word: its kind, plural, singular or short name, or
 * `plural.group`. The core group wins over others; several others are told, not guessed between.
 *
 * Source: specs of KubeFed 0.10, "enable".
 */

import { type ApiResource, resourceName } from '../../api/kubefed/api-resource.ts';
import { nearestWord } from '../../api/nearest-word.ts';

/** What a person may call it by. */
export interface NamedApi extends ApiResource {
  readonly singular: string;
  readonly shortNames: readonly string[];
}

export type Chosen<T extends NamedApi> =
  | { readonly kind: 'one'; readonly api: T }
  | { readonly kind: 'none'; readonly near: string | undefined }
  /** `plural.group` of each, sorted. */
  | { readonly kind: 'several'; readonly names: readonly string[] };

export function chooseApi<T extends NamedApi>(apis: readonly T[], said: string): Chosen<T> {
  const word = said.toLowerCase();
  const meant = apis.filter((api) => namesOf(api).includes(word));
  const [first, second] = meant;
  if (first === undefined) {
    const known = apis.flatMap((api) => [api.plural, api.kind, resourceName(api)]);
    return { kind: 'none', near: nearestWord(said, [...new Set(known)]) };
  }
  if (second === undefined) return { kind: 'one', api: first };
  const ofCore = meant.filter(({ group }) => group === '');
  const [only] = ofCore;
  if (ofCore.length === 1 && only !== undefined) return { kind: 'one', api: only };
  return { kind: 'several', names: meant.map(resourceName).sort() };
}

function namesOf(api: NamedApi): readonly string[] {
  const { kind, plural, singular, group, version, shortNames } = api;
  const names = [kind, plural, singular].map((name) => name.toLowerCase());
  const grouped = names.flatMap((name) => [`${name}.${group}`, `${name}.${version}.${group}`]);
  return [...names, ...shortNames, ...(group === '' ? [] : grouped)];
}

/** As `-s` of `federate` takes them: a word as above, or a whole group. */
export function isSaid(api: NamedApi, words: readonly string[]): boolean {
  const said = new Set(words.map((word) => word.toLowerCase()));
  return (
    said.has(api.group === '' ? 'core' : api.group) || namesOf(api).some((one) => said.has(one))
  );
}
