/** The text of the file a planning verb is given. */

import { readFileSync } from 'node:fs';
import { reasonOf } from '../../app/config/read-config.ts';
import { VerbError } from '../output.ts';

export interface NamedText {
  /** As complaints name it. */
  readonly file: string;
  readonly text: string;
}

/** `-` is standard input. */
export function readNamedText(path: string): NamedText {
  const file = path === '-' ? 'standard input' : path;
  try {
    return { file, text: readFileSync(path === '-' ? 0 : path, 'utf8') };
  } catch (error) {
    throw new VerbError(`${file}: ${reasonOf(error)}`, 2);
  }
}
