/** Two readings of the configuration -> which settings differ, and which of them need a restart. */

import { watchesMembers } from './config-schema.ts';
import { explainConfig, type ReadConfig } from './read-config.ts';

/** Taken up by SIGHUP; all others only by a restart (or a takeover, which loses nothing). */
const LIVE_SETTINGS: ReadonlySet<string> = new Set([
  'advertise',
  'answers.cookieSecretsFile',
  'log.level',
  'members.folder',
  'members.list',
]);

export interface ConfigChanges {
  readonly live: readonly string[];
  readonly needRestart: readonly string[];
}

/** `zones` counts as live: a change of apexes is refused where zones are read again. */
export function compareConfig(before: ReadConfig, after: ReadConfig): ConfigChanges {
  const old = new Map(
    explainConfig(before).map(({ path, value }) => [path, JSON.stringify(value)]),
  );
  const changed = explainConfig(after)
    .filter(({ path, value }) => old.get(path) !== JSON.stringify(value))
    .map(({ path }) => path);
  // Where none were watched there is nobody to watch them.
  const isMembersLive = watchesMembers(before.config);
  const isLive = (path: string) => {
    if (path.startsWith('members.') && !isMembersLive) return false;
    return LIVE_SETTINGS.has(path) || path === 'zones' || path.startsWith('members.host.');
  };
  return {
    live: changed.filter(isLive),
    needRestart: changed.filter((path) => !isLive(path)),
  };
}
