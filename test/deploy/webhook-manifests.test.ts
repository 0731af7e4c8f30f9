/** deploy/webhook names what the settings name: one place changed alone would be found by nobody else. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { listAt, textAt, valueAt } from '../../src/api/untyped.ts';
import { readConfig } from '../../src/app/config/read-config.ts';
import { DEPLOY } from './admission-table.ts';

const WEBHOOK = join(DEPLOY, 'webhook');
const objects = ['account', 'configurations', 'service'].flatMap((name) => {
  const text = readFileSync(join(WEBHOOK, `${name}.yaml`), 'utf8');
  return parseAllDocuments(text).map((document): unknown => document.toJS());
});
const file = join(WEBHOOK, 'fedns.yaml');
const { config } = readConfig({ file, environment: {}, flags: new Map() });
const named = (kind: string) =>
  objects
    .filter((object) => textAt(object, 'kind') === kind)
    .map((object) => textAt(object, 'metadata', 'name'));
const webhooks = objects.flatMap((object) => listAt(object, 'webhooks'));

it('objects are named as the settings have it', () => {
  const { webhook } = config;
  expect(named('ValidatingWebhookConfiguration')).toEqual([webhook.validatingConfiguration]);
  expect(named('MutatingWebhookConfiguration')).toEqual([webhook.mutatingConfiguration]);
  expect(named('Secret')).toEqual([webhook.secret]);
  expect(named('Service')).toEqual([webhook.service]);
  const rules = objects.flatMap((object) => listAt(object, 'rules'));
  expect(new Set(rules.flatMap((rule) => listAt(rule, 'resourceNames')))).toEqual(
    new Set([webhook.secret, webhook.validatingConfiguration, webhook.mutatingConfiguration]),
  );
});

it('every webhook calls our Service, soon enough, without side effects', () => {
  expect(webhooks).toHaveLength(7);
  for (const webhook of webhooks) {
    expect(valueAt(webhook, 'clientConfig', 'service')).toMatchObject({
      name: config.webhook.service,
      namespace: config.controlPlane.host?.namespace,
    });
    expect(valueAt(webhook, 'timeoutSeconds')).toBeLessThanOrEqual(5);
    expect(textAt(webhook, 'sideEffects')).toBe('None');
  }
});

it('what always passes is left out of every rule that checks', () => {
  const [account = ''] = config.webhook.accounts;
  const checking = webhooks.filter((webhook) => {
    return textAt(webhook, 'clientConfig', 'service', 'path') !== '/default-kubefedconfig';
  });
  expect(checking).toHaveLength(6);
  for (const webhook of checking) {
    const conditions = listAt(webhook, 'matchConditions').map((each) => textAt(each, 'expression'));
    expect(conditions.join()).toContain(`['${account}']`);
    expect(conditions).toContain('!has(object.metadata.deletionTimestamp)');
    for (const rule of listAt(webhook, 'rules')) {
      expect(listAt(rule, 'operations')).toEqual(['CREATE', 'UPDATE']);
      expect(listAt(rule, 'resources').join()).not.toContain('/');
    }
  }
});

it('only KubeFedClusters wait for a webhook that is dead', () => {
  const failing = webhooks.filter((webhook) => textAt(webhook, 'failurePolicy') === 'Fail');
  const resources = failing.flatMap((webhook) =>
    listAt(webhook, 'rules').flatMap((rule) => listAt(rule, 'resources')),
  );
  expect(resources).toEqual(['kubefedclusters']);
});
