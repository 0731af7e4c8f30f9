/** One question to the running server or controller, by its state folder; what it says is JSON. */

import { callServer } from '../../app/control/control-client.ts';
import { configFromFlags } from '../flags.ts';

/** `page` is one of app/control: `GET /members`. Throws as `callServer` rejects, one line. */
export function askServer(
  flags: Readonly<Record<string, unknown>>,
  page: string,
  body?: unknown,
): Promise<unknown> {
  const read = configFromFlags(flags);
  const folder = read.resolvePath(read.config.store.folder);
  return callServer(folder, page, body);
}
