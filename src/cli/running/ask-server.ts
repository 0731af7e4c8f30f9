/** One question to the running server or controller, by its state folder; what it says is JSON. */

import { callServer } from '../../app/control/control-client.ts';
import { configFromFlags } from '../flags.ts';
import { VerbError } from '../output.ts';

/** `page` is one of app/control: `GET /members`. Throws VerbError, one line. */
export async function askServer(
  flags: Readonly<Record<string, unknown>>,
  page: string,
  body?: unknown,
): Promise<unknown> {
  const read = configFromFlags(flags);
  const folder = read.resolvePath(read.config.store.folder);
  try {
    return await callServer(folder, page, body);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const message = said.startsWith('no such page')
      ? 'the running server watches no member clusters: nothing is known of this there'
      : said;
    throw new VerbError(message, 1);
  }
}
