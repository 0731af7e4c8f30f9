/**
 * The shell of somebody who follows KubeFed's guide: kubectl, kubefedctl, helm and dig are commands, each
 * cluster is a context of one kubeconfig, and `deploy`, `example` and values.yaml (of KubeFed 0.3.1) lie in
 * the folder where lines are typed.
 */

import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../controllers/eventually.ts';
import { type HostWithPods, VALUES } from '../../deploy/host-with-pods.ts';
import { ensure } from '../../lab/components.ts';
import { type CommandResult, tryCommand } from '../../lab/obtain/command.ts';
import { temporaryFolder } from '../../lab/process.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const EXAMPLE = join(import.meta.dirname, 'example');
/** Of one line: none of them waits for minutes. */
const LINE_LIMIT_MS = 150_000;

export interface GuideShell {
  /** What the line wrote, both ways; throws with it where the line fails. */
  type(line: string): Promise<string>;
  /** Also where it fails. */
  tried(line: string): Promise<CommandResult>;
  /** Typed again and again until it says so. */
  until(line: string, isSo: (said: string) => boolean, limitMs?: number): Promise<string>;
}

export async function openGuideShell({ kubeconfig }: HostWithPods): Promise<GuideShell> {
  const folder = temporaryFolder('guide');
  mkdirSync(join(folder, 'bin'));
  symlinkSync(join(ROOT, 'deploy'), join(folder, 'deploy'));
  symlinkSync(EXAMPLE, join(folder, 'example'));
  symlinkSync(join(VALUES, 'kubefed-0.3.1.yaml'), join(folder, 'values.yaml'));
  await makeCommands(join(folder, 'bin'));
  const env = {
    HOME: folder,
    KUBECONFIG: kubeconfig,
    PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
  };
  const tried = (line: string) =>
    tryCommand('sh', ['-ec', line], { cwd: folder, env, timeoutMs: LINE_LIMIT_MS });
  const type = async (line: string) => {
    const { code, stdout, stderr } = await tried(line);
    if (code !== 0) throw new Error(`${line}: exit ${code}: ${stderr}${stdout}`);
    return stdout + stderr;
  };
  return {
    tried,
    type,
    until: (line, isSo, limitMs = 60_000) => eventually(() => type(line), isSo, limitMs),
  };
}

async function makeCommands(folder: string): Promise<void> {
  const [kubernetes, helm, dig] = await Promise.all([
    ensure('kubernetes'),
    ensure('helm'),
    ensure('dig'),
  ]);
  const libraries = Object.entries(dig.env).map(([name, value]) => `${name}='${value}' `);
  const commands = {
    kubectl: `exec "${kubernetes.programs['kubectl']}"`,
    kubefedctl: `exec "${process.execPath}" "${join(ROOT, 'src/launch.js')}"`,
    helm: `exec "${helm.programs['helm']}"`,
    dig: `${libraries.join('')}exec "${dig.programs['dig']}"`,
  };
  for (const [name, command] of Object.entries(commands)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${command} "$@"\n`);
    chmodSync(join(folder, name), 0o755);
  }
}
