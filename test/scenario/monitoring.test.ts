/**
 * What deploy/ gives to whoever watches over FedNS, held against a running server: every metric and
 * label that rules and dashboard name is there, and every alarm and alert has its paragraph.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { registerWebhookMetrics } from '../../src/app/control/webhook-metrics.ts';
import { registerFederationMetrics } from '../../src/controllers/metrics.ts';
import { ALARMS } from '../../src/runtime/alarms.ts';
import { ensure } from '../lab/components.ts';
import { tryCommand } from '../lab/obtain/command.ts';
import { type RunningProcess, temporaryFolder } from '../lab/process.ts';
import { FaultyApi } from '../support/faulty-api.ts';
import { sourceFiles } from '../tidy/tree.ts';
import { ask, makePlace, startServe, until } from './running-fedns.ts';

const DEPLOY = new URL('../../deploy/', import.meta.url);
const textOf = (name: string) => readFileSync(new URL(name, DEPLOY), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}
interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string }[];
}

const rules: readonly Rule[] = parse(textOf('monitoring/alerts.yaml')).groups[0].rules;
const dashboard: { readonly panels: readonly Panel[] } = JSON.parse(
  textOf('monitoring/dashboard.json'),
);
const runbook = textOf('runbook.md');
const headings = [...runbook.matchAll(/^### (\S+)$/gm)].map((match) => match[1] ?? '');

const SERVICES = '/api/v1/services';
const SLICES = '/apis/discovery.k8s.io/v1/endpointslices';
const member = new FaultyApi([SERVICES, SLICES, '/api/v1/nodes']);
/** Metric -> labels of all its samples; empty where it has none now. */
const exposed = new Map<string, Set<string>>();
let server: RunningProcess;

beforeAll(async () => {
  await member.start();
  const labels = { 'kubernetes.io/service-name': 'web' };
  const status = { loadBalancer: { ingress: [{ ip: '127.0.1.9' }] } };
  member.at(SERVICES).put('default/web', { metadata: {}, spec: { type: 'LoadBalancer' }, status });
  const endpoints = [{ conditions: { ready: true } }];
  member.at(SLICES).put('default/web-1', { metadata: { labels }, endpoints });
  const place = await makePlace({
    more: {
      federation: { name: 'fed', domain: 'example.com' },
      members: {
        select: 'load-balancers',
        list: [
          {
            name: 'east',
            kubeconfig: 'east.json',
            region: 'r',
            zones: ['z'],
            allow: ['127.0.0.0/8'],
          },
        ],
      },
    },
  });
  writeFileSync(join(place.folder, 'east.json'), JSON.stringify(kubeconfig()));
  server = await startServe(place);
  const name = 'web.default.fed.svc.example.com';
  await until(async () => (await ask(place.port, name))?.answers.length === 1, 10_000);
  const page = await (await fetch(`http://127.0.0.1:${place.adminPort}/metrics`)).text();
  for (const line of page.split('\n')) readLine(line);
  for (const line of (await webhookMetrics()).split('\n')) readLine(line);
  for (const line of (await federationMetrics()).split('\n')) readLine(line);
}, 60_000);

afterAll(async () => {
  await server?.stop();
  await member.stop();
});

/** Of `fedns webhook`, which is a process of its own. */
function webhookMetrics(): Promise<string> {
  const registry = new Registry();
  registerWebhookMetrics(registry, { counts: () => undefined, certificateEndMs: () => undefined });
  return registry.metrics();
}

/** Of `fedns controller` with a federation. */
function federationMetrics(): Promise<string> {
  const registry = new Registry();
  registerFederationMetrics(registry, { isLeading: false, loops: undefined });
  return registry.metrics();
}

function kubeconfig(): object {
  const server = `http://127.0.0.1:${member.port}`;
  return {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'east' },
    clusters: [{ name: 'east', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'east', user: {} }],
    contexts: [{ name: 'east', context: { cluster: 'east', user: 'east' } }],
  };
}

function readLine(line: string): void {
  const named = /^# TYPE (\S+) (\S+)$/.exec(line);
  if (named !== null) {
    const [, name = '', type] = named;
    exposed.set(name, new Set());
    if (type === 'histogram') {
      for (const part of ['bucket', 'sum', 'count']) exposed.set(`${name}_${part}`, new Set());
    }
    return;
  }
  const [, name = '', labels = ''] = /^([a-z_]+)(?:\{(.*)\})? /.exec(line) ?? [];
  for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) exposed.get(name)?.add(label);
}

/** Put there by Prometheus itself. */
const OF_PROMETHEUS = new Set(['job', 'instance', 'le']);

/** What is wrong with a rule's or a panel's expression. */
function problemsOf(expr: string): string[] {
  const problems: string[] = [];
  const opened = (expr.match(/[([{]/g) ?? []).length;
  if (opened !== (expr.match(/[)\]}]/g) ?? []).length) problems.push('unbalanced');
  const metrics = [...expr.matchAll(/\b((?:fedns|kubefedcluster)_\w+)(?:\{([^}]*)\})?/g)];
  const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap((one) =>
    (one[1] ?? '').split(/, */),
  );
  for (const [, name = '', selector = ''] of metrics) {
    const labels = exposed.get(name);
    if (labels === undefined) problems.push(`no metric ${name}`);
    // Without a sample (no alarm is on) its labels cannot be told.
    else if (labels.size > 0) {
      const used = [
        ...[...selector.matchAll(/(\w+)(?:=|!)/g)].map((one) => one[1] ?? ''),
        ...grouped,
      ];
      const unknown = used.filter((one) => !labels.has(one) && !OF_PROMETHEUS.has(one));
      for (const label of unknown) problems.push(`${name} has no label ${label}`);
    }
  }
  if (metrics.length === 0 && !expr.includes('up{')) problems.push('names no metric of ours');
  return problems;
}

describe('alert rules', () => {
  it('name metrics and labels that there are', () => {
    const wrong = rules.flatMap(({ alert, expr }) =>
      problemsOf(expr).map((problem) => `${alert}: ${problem}`),
    );
    expect(wrong).toEqual([]);
  });

  it('each has a severity, words, and its paragraph', () => {
    for (const { alert, labels, annotations } of rules) {
      expect(['critical', 'warning']).toContain(labels.severity);
      expect(annotations.summary).not.toBe('');
      const anchor = alert === 'FednsAlarm' ? '{{ $labels.reason }}' : alert.toLowerCase();
      expect(annotations.runbook).toBe(`deploy/runbook.md#${anchor}`);
    }
  });
});

/** By Prometheus' own tool. */
async function checkRules(text: string): Promise<void> {
  const { programs, env } = await ensure('prometheus');
  const file = join(temporaryFolder('rules'), 'rules.yaml');
  writeFileSync(file, text);
  const { code, stdout, stderr } = await tryCommand(
    programs['promtool'] ?? '',
    ['check', 'rules', file],
    { env },
  );
  expect({ code, said: stdout + stderr }).toEqual({ code: 0, said: expect.any(String) });
}

describe('to Prometheus', () => {
  it('the rules are rules', () => checkRules(textOf('monitoring/alerts.yaml')), 120_000);

  it("the panels' expressions are expressions", async () => {
    const exprs = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    const recorded = exprs.map((expr, at) => ({
      record: `panel_${at}`,
      // What Grafana fills in.
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', '.*'),
    }));
    await checkRules(JSON.stringify({ groups: [{ name: 'panels', rules: recorded }] }));
    await expect(
      checkRules('groups: [{name: a, rules: [{record: a, expr: "sum("}]}]'),
    ).rejects.toThrow();
  });
});

describe('the dashboard', () => {
  it('names metrics and labels that there are', () => {
    const wrong = dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.flatMap(({ expr }) => problemsOf(expr).map((problem) => `${title}: ${problem}`)),
    );
    expect(wrong).toEqual([]);
  });

  it('every panel has something to show, and a place of its own', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(panels.filter(({ type, targets }) => type !== 'row' && !targets?.length)).toEqual([]);
    const taken = new Set<string>();
    for (const { gridPos } of panels) {
      const { x, y, w, h } = gridPos;
      expect(x + w).toBeLessThanOrEqual(24);
      for (let at = 0; at < w * h; at++) {
        const cell = `${x + (at % w)} ${y + Math.floor(at / w)}`;
        expect(taken.has(cell), cell).toBe(false);
        taken.add(cell);
      }
    }
  });
});

describe('the runbook', () => {
  it('has a paragraph for every alarm and every alert, and for nothing else', () => {
    const alerts = rules.map(({ alert }) => alert).filter((alert) => alert !== 'FednsAlarm');
    expect([...headings].sort()).toEqual([...Object.keys(ALARMS), ...alerts].sort());
  });

  it.each(Object.keys(ALARMS))('alarm %s can be raised', (alarm) => {
    const raised = sourceFiles('src').filter(({ text }) =>
      new RegExp(`raise\\(\\s*'${alarm}'`).test(text),
    );
    expect(raised.map(({ path }) => path)).not.toEqual([]);
  });

  it.each(headings)('%s: what it means, what clients see, what to do', (heading) => {
    const paragraph = runbook.split(`### ${heading}\n`)[1]?.split('\n#')[0] ?? '';
    expect(paragraph.trim().split(/\s+/).length).toBeGreaterThan(25);
    expect(paragraph).toMatch(/client/i);
  });

  it('names metrics that there are; the pages of deploy/ too', () => {
    for (const page of ['runbook.md', 'README.md']) {
      const names = [...textOf(page).matchAll(/\b(fedns_[a-z_]+[a-z])\b/g)].map(
        (one) => one[1] ?? '',
      );
      expect(names.filter((name) => !exposed.has(name))).toEqual([]);
    }
  });
});

it('the names of metrics in tests that fail are told', () => {
  expect(problemsOf('fedns_nothing > 0')).toEqual(['no metric fedns_nothing']);
  expect(problemsOf('sum by (cluser) (fedns_member_fresh{clster="a"}')).toEqual([
    'unbalanced',
    'fedns_member_fresh has no label clster',
    'fedns_member_fresh has no label cluser',
  ]);
});
