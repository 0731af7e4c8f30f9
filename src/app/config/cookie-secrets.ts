/** The file of cookie secrets -> current and previous. One hexadecimal secret of 16 octets a line. */

import { readFileSync } from 'node:fs';
import { InputError } from '../../dns/errors.ts';
import { type ReadConfig, reasonOf } from './read-config.ts';

/** undefined when no file is configured. Throws InputError COOKIE_SECRETS. */
export function readCookieSecrets(read: ReadConfig): readonly Uint8Array[] | undefined {
  const setting = read.config.answers.cookieSecretsFile;
  if (setting === undefined) return undefined;
  const file = read.resolvePath(setting);
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch (error) {
    throw new InputError('COOKIE_SECRETS', `${file}: ${reasonOf(error)}`, file);
  }
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (
    lines.length < 1 ||
    lines.length > 2 ||
    !lines.every((line) => /^[0-9a-f]{32}$/i.test(line))
  ) {
    const what = 'one or two lines of 32 hexadecimal digits are wanted: current, then previous';
    throw new InputError('COOKIE_SECRETS', `${file}: ${what}`, file);
  }
  return lines.map((line) => Uint8Array.from(Buffer.from(line, 'hex')));
}
