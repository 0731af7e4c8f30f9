/** What Helm renders of the chart, our own reader renders: the same objects, whatever the values. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { isJsonObject, type JsonObject } from '../../../src/api/kubefed/federated-object.ts';
import { canonicalJson } from '../../../src/federation/canonical-json.ts';
import { readChart, renderChart } from '../../../src/install/chart.ts';
import { mergeValues, readSetting } from '../../../src/install/chart-values.ts';
import { CHART, NAMESPACE, runHelm, VALUES } from '../host-with-pods.ts';

const helm = (...args: readonly string[]) => runHelm(args, {});

describe('what Helm renders, our own reader renders', () => {
  const chart = readChart();
  it.each([
    ['defaults', [], []],
    ['0.3.1', ['-f', join(VALUES, 'kubefed-0.3.1.yaml')], []],
    ['0.10', ['-f', join(VALUES, 'kubefed-0.10.yaml')], []],
    ['one namespace', [], ['global.scope=Namespaced']],
    ['DNS servers by themselves', [], ['dns.enabled=true,dns.domain=example.com']],
    [
      'etcd and cert-manager',
      [],
      [
        'dns.enabled=true,dns.domain=example.com,etcd.enabled=true,controllermanager.certManager.enabled=true',
      ],
    ],
  ] as const)('%s', async (_, files, settings) => {
    const set = settings.flatMap((setting) => ['--set', setting]);
    const text = await helm(
      'template',
      'kubefed',
      CHART,
      '-n',
      NAMESPACE,
      '--no-hooks',
      ...files,
      ...set,
    );
    const theirs = parseAllDocuments(text.replaceAll('managed-by: Helm', 'managed-by: fedns'))
      .map((document): unknown => document.toJS())
      .filter(isJsonObject);
    const said = [
      ...files.slice(1).map((file): JsonObject => parse(readFileSync(file, 'utf8'))),
      ...settings.map((setting) => readSetting(setting) ?? {}),
    ];
    const values = mergeValues(chart.values, said);
    const ours = renderChart(chart, values, { name: 'kubefed', namespace: NAMESPACE }).objects;
    expect(ours.map(canonicalJson).sort()).toEqual(theirs.map(canonicalJson).sort());
  });

  it('Helm finds nothing to complain about', async () => {
    expect(await helm('lint', CHART)).toContain('0 chart(s) failed');
    await expect(helm('template', CHART, '--set', 'dns.enabld=true')).rejects.toThrow('enabld');
  });
});
