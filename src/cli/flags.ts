/** Options that several verbs share, so that one flag is one word everywhere. */

import { Option } from 'commander';
import { configLeaves } from '../app/config/config-schema.ts';
import { type ReadConfig, readConfig } from '../app/config/read-config.ts';

/** An option with a closed set of values, named in its help and in its refusal. */
export function choice(flags: string, values: readonly string[], fallback: string): Option {
  return new Option(flags).choices(values).default(fallback);
}

/** The flags of every setting, for verbs that read the configuration. */
export function configOptions(): Option[] {
  return configLeaves().map(({ flag, kind, path }) => {
    const option = new Option(`${flag} <${kind === 'list' ? 'list' : 'value'}>`, `setting ${path}`);
    return option.argParser((value: string, previous: string[] | undefined) => [
      ...(previous ?? []),
      value,
    ]);
  });
}

/** What is in force: these flags, the environment, and the file named by --config. */
export function configFromFlags(flags: Readonly<Record<string, unknown>>): ReadConfig {
  const given = new Map<string, readonly string[]>();
  for (const { flag } of configLeaves()) {
    const value = flags[camelCase(flag)];
    if (Array.isArray(value)) given.set(flag, value.map(String));
  }
  const file = flags['config'] ?? process.env['FEDNS_CONFIG'];
  return readConfig({
    file: typeof file === 'string' ? file : undefined,
    environment: process.env,
    flags: given,
  });
}

/** `--store-folder` -> `storeFolder`, as commander names it. */
function camelCase(flag: string): string {
  return flag.replace(/^--/, '').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
