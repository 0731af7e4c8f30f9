/**
 * `fedns install`: the control plane into a host, from the manifests of the chart and without Helm.
 *
 * Source: deploy/README.md; values are the chart's (deploy/chart/values.yaml).
 */

import type { Command } from 'commander';
import { stringify } from 'yaml';
import type { JsonObject } from '../../api/kubefed/federated-object.ts';
import { readChart } from '../../install/chart.ts';
import { applyDefinitions, install, namespaceObject } from '../../install/install.ts';
import { reportOption } from '../federation/report.ts';
import { choice } from '../flags.ts';
import { complain, print, printDocument } from '../output.ts';
import {
  type InstallFlags,
  renderRelease,
  type ValueFlags,
  withInstallFlags,
  withPlace,
} from './install-flags.ts';

interface Flags extends InstallFlags, ValueFlags {
  readonly wait: boolean;
  readonly onlyDefinitions?: boolean;
}

const TIMEOUT_SECONDS = 300;

const more = (given: string, before: readonly string[]) => [...before, given];

export function addInstall(program: Command): void {
  withInstallFlags(
    program.command('install').description('the control plane into a host, or bring it up to date'),
    TIMEOUT_SECONDS,
  )
    .option(
      '-f, --values <file>',
      'values of the chart, KubeFed’s too; may be said again',
      more,
      [],
    )
    .option('--set <a.b=value>', 'one value of the chart; may be said again', more, [])
    .addOption(choice('--scope <scope>', ['Cluster', 'Namespaced']))
    .addOption(reportOption())
    .option('--no-wait', 'leave when all is applied, before it runs')
    .option('--only-definitions', 'of the kinds, and nothing else')
    .action(runInstall);
}

async function runInstall(flags: Flags): Promise<void> {
  if (flags.onlyDefinitions === true) {
    const { definitions } = readChart();
    if (flags.output !== 'text') return show(definitions, flags.output);
    return await withPlace(flags, (place) => applyDefinitions(place, definitions));
  }
  const { definitions, objects, notes } = renderRelease(flags);
  if (flags.output !== 'text') {
    const namespace = namespaceObject(flags.kubefedNamespace);
    return show([namespace, ...definitions, ...objects], flags.output);
  }
  tellIgnored(notes);
  await withPlace(flags, (place) =>
    install(place, { definitions, objects }, { waits: flags.wait }),
  );
}

/** What would be applied, as kubectl takes it; nothing is asked of the host. */
function show(objects: readonly JsonObject[], format: 'json' | 'yaml'): void {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  if (format === 'json') printDocument(list, format);
  else print(objects.map((object) => stringify(object, { lineWidth: 0 })).join('---\n'));
}

/** The chart's own words: one source of what is ignored. */
function tellIgnored(notes: string): void {
  for (const line of notes.split('\n')) {
    const [, name] = /^IGNORED: (.*)$/.exec(line) ?? [];
    if (name !== undefined) complain(`values: ${name} is ignored: image.* says it for all`);
  }
}
