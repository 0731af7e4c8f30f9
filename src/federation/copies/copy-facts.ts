/**
 * What is held of a copy: which object in which version, and whose it is; its content stays in its
 * member. Half a million of them are held at once. Pure.
 *
 * Source: specs of KubeFed 0.10, "PropagatedVersion", for the version's text.
 */

import { textAt, textMapAt, valueAt } from '../../api/untyped.ts';
import type { CopyFacts } from './copy-plan.ts';
import { GIVEN_ANNOTATION, MANAGED_LABEL, OWNER_ANNOTATION } from './member-object.ts';

export function copyFactsOf(object: unknown): CopyFacts {
  const labels = textMapAt(object, 'metadata', 'labels');
  const annotations = textMapAt(object, 'metadata', 'annotations');
  const givenHash = givenHashOf(annotations);
  return {
    uid: textAt(object, 'metadata', 'uid') ?? '',
    version: versionOf(object),
    labelsHash: hashOfLabels(labels),
    ...(givenHash !== undefined && { givenHash }),
    owner: annotations.get(OWNER_ANNOTATION),
    managed: labels.get(MANAGED_LABEL),
    isDeleting: textAt(object, 'metadata', 'deletionTimestamp') !== undefined,
  };
}

/** Of those that the copy says to have from us; undefined: none. */
export function givenHashOf(annotations: ReadonlyMap<string, string>): number | undefined {
  const given = annotations.get(GIVEN_ANNOTATION);
  if (given === undefined) return undefined;
  const held = given.split(',').flatMap((name): [string, string][] => {
    const value = annotations.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return hashOfLabels(new Map([...held, [GIVEN_ANNOTATION, given]]));
}

/** `gen:3` where the object has a generation: a status that moves is no drift. Else `rv:1234`. */
function versionOf(object: unknown): string {
  const generation = Number(valueAt(object, 'metadata', 'generation') ?? 0);
  if (generation > 0) return generationText(generation);
  return `rv:${textAt(object, 'metadata', 'resourceVersion') ?? ''}`;
}

/** Nearly all copies have one of a few: each text is there once. */
function generationText(generation: number): string {
  if (generation >= GENERATION_TEXTS_MAX) return `gen:${generation}`;
  GENERATION_TEXTS[generation] ??= `gen:${generation}`;
  return GENERATION_TEXTS[generation];
}

const GENERATION_TEXTS_MAX = 1000;
const GENERATION_TEXTS: string[] = [];

/** 53 bits of all of them, whatever their order. */
export function hashOfLabels(labels: ReadonlyMap<string, string>): number {
  const text = JSON.stringify([...labels].sort(([left], [right]) => (left < right ? -1 : 1)));
  let first = 0x811c9dc5;
  let second = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    first = Math.imul(first ^ unit, 0x01000193);
    second = Math.imul(second ^ unit, 0x5bd1e995);
    second ^= second >>> 15;
  }
  return (first >>> 0) * 2 ** 21 + (second >>> 11);
}
