/** Options that several verbs share, so that one flag is one word everywhere. */

import { Option } from 'commander';
import { type ConfigLeaf, configLeaves } from '../app/config/config-schema.ts';
import { explainConfig, type ReadConfig, readConfig } from '../app/config/read-config.ts';
import { SETTING_WORDS } from '../app/config/setting-words.ts';

/** An option with a closed set of values, named in its help and in its refusal. */
export function choice(flags: string, values: readonly string[], fallback?: string): Option {
  const option = new Option(flags).choices(values);
  return fallback === undefined ? option : option.default(fallback);
}

/** The flags of every setting, for verbs that read the configuration. */
export function configOptions(): Option[] {
  return configLeaves().map((leaf) => {
    const value = leaf.kind === 'list' ? 'list' : leaf.kind === 'number' ? 'number' : 'value';
    const option = new Option(`${leaf.flag} <${value}>`, describeSetting(leaf));
    // Only told: what is wrong of a setting is said by the schema, wherever it comes from.
    if (leaf.choices.length > 0) option.argChoices = [...leaf.choices];
    return option.argParser((given: string, previous: string[] | undefined) => [
      ...(previous ?? []),
      given,
    ]);
  });
}

let defaults: ReadonlyMap<string, unknown> | undefined;

/** `of the addresses of one name (rotate)`: its default in brackets. */
function describeSetting({ path }: ConfigLeaf): string {
  defaults ??= settingDefaults();
  const value = defaults.get(path);
  const isEmpty = value === undefined || value === '' || (Array.isArray(value) && !value.length);
  return `${SETTING_WORDS[path] ?? path}${isEmpty ? '' : ` (${String(value)})`}`;
}

function settingDefaults(): ReadonlyMap<string, unknown> {
  const unsaid = readConfig({ file: undefined, environment: {}, flags: new Map() });
  return new Map(explainConfig(unsaid).map(({ path, value }) => [path, value]));
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
