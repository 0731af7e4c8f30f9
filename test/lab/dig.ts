/**
 * Runs the real dig against a server of the tests and gives its text back, as a person sees it.
 */
import { ensure } from './components.ts';
import { tryCommand } from './obtain/command.ts';

export interface DigTarget {
  readonly host: string;
  readonly port: number;
}

/** `dig(server, 'web.example.com', 'AAAA', '+tcp')`; throws when dig itself fails. */
export async function dig(target: DigTarget, ...args: readonly string[]): Promise<string> {
  const paths = await ensure('dig');
  const server = [`@${target.host}`, '-p', String(target.port)];
  const ran = await tryCommand(paths.programs['dig'] ?? '', [...server, ...args], {
    env: paths.env,
    timeoutMs: 30_000,
  });
  if (ran.code !== 0) throw new Error(`dig exit ${ran.code}: ${ran.stdout}${ran.stderr}`);
  return ran.stdout;
}
