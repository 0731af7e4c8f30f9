/** What `install` and `uninstall` have in common: whose values, how long, and how errors end. */

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { isJsonObject, type JsonObject } from '../../api/kubefed/federated-object.ts';
import { textAt } from '../../api/untyped.ts';
import { type Chart, type RenderedChart, readChart, renderChart } from '../../install/chart.ts';
import { nameOf } from '../../install/chart-kinds.ts';
import { mergeValues, readSetting, valueProblems } from '../../install/chart-values.ts';
import { InstallRefusal } from '../../install/install.ts';
import type { InstallPlace } from '../../install/object-steps.ts';
import { TemplateError } from '../../install/template/template-tree.ts';
import { WaitError } from '../../install/wait-for-objects.ts';
import { type HostFlags, withHostFlags, withReport } from '../federation/host-cluster.ts';
import type { ReportedObject, ReportFlags } from '../federation/report.ts';
import { VerbError } from '../output.ts';

export interface InstallFlags extends HostFlags, ReportFlags {
  readonly timeout: number;
}

export interface ValueFlags {
  readonly values: readonly string[];
  readonly set: readonly string[];
  readonly scope?: string;
  readonly kubefedNamespace: string;
}

const RELEASE = 'kubefed';

export function withInstallFlags(command: Command, timeoutSeconds: number): Command {
  return withHostFlags(command).option(
    '--timeout <seconds>',
    'for all that is waited for',
    (text) => secondsOf(text),
    timeoutSeconds,
  );
}

function secondsOf(text: string): number {
  if (/^\d{1,6}s?$/.test(text)) return Number.parseInt(text, 10);
  throw new VerbError(`--timeout ${text}: it is no number of seconds`, 2);
}

/** Throws VerbError. */
export async function withPlace(
  flags: InstallFlags,
  work: (place: InstallPlace) => Promise<void>,
): Promise<void> {
  await withReport(flags, async ({ client, namespace, context, report }) => {
    const place: InstallPlace = {
      ...{ client, namespace, isDryRun: report.isDryRun },
      say: (line) => report.progress(`${context}: ${line}`),
      tell: ({ object, step, why }) => report.step(context, reportedOf(object), step, why),
      timeoutMs: flags.timeout * 1000,
    };
    try {
      await work(place);
    } catch (error) {
      const isTold = error instanceof InstallRefusal || error instanceof WaitError;
      throw isTold ? new VerbError(`${context}: ${error.message}`, 1) : error;
    }
  });
}

function reportedOf(object: unknown): ReportedObject {
  const [version = '', group = ''] = (textAt(object, 'apiVersion') ?? '').split('/').reverse();
  return { resource: { group, version, kind: textAt(object, 'kind') ?? '' }, ...nameOf(object) };
}

export interface RenderedRelease extends RenderedChart {
  readonly definitions: readonly JsonObject[];
}

/** The chart with the values that a person says. Throws VerbError. */
export function renderRelease(flags: ValueFlags): RenderedRelease {
  const chart = readChart();
  const values = valuesOf(chart, flags);
  try {
    const release = { name: RELEASE, namespace: flags.kubefedNamespace };
    return { ...renderChart(chart, values, release), definitions: chart.definitions };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new VerbError(error.message, 2);
  }
}

function valuesOf(chart: Chart, { values, set, scope }: ValueFlags): JsonObject {
  const said = [
    ...values.map(readValues),
    ...set.map((text) => {
      const setting = readSetting(text);
      if (setting === undefined) throw new VerbError(`--set ${text}: not as a.b=value`, 2);
      return setting;
    }),
    ...(scope === undefined ? [] : [{ global: { scope } }]),
  ];
  const merged = mergeValues(chart.values, said);
  const problems = valueProblems(chart.schema, merged);
  if (problems.length > 0)
    throw new VerbError(problems.map((one) => `values: ${one}`).join('\n'), 2);
  return merged;
}

function readValues(path: string): JsonObject {
  try {
    const values: unknown = parse(readFileSync(path, 'utf8')) ?? {};
    if (isJsonObject(values)) return values;
  } catch (error) {
    throw new VerbError(`${path}: ${error instanceof Error ? error.message : String(error)}`, 2);
  }
  throw new VerbError(`${path}: no values, as they stand in values.yaml of the chart`, 2);
}
