/**
 * deploy/crds/types holds exactly what the builders make of the ten shipped types. After a change of
 * the builders the files are written anew by `UPDATE_CRDS=1`, and the difference is to be read.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { resourceName } from '../../../src/api/kubefed/api-resource.ts';
import { federatedCrd } from '../../../src/federation/federated-types/federated-crd.ts';
import type { TargetType } from '../../../src/federation/federated-types/federated-resource.ts';
import { SHIPPED_TYPES } from '../../../src/federation/federated-types/shipped-types.ts';
import { typeConfigFor } from '../../../src/federation/federated-types/type-config.ts';

const FOLDER = join(import.meta.dirname, '../../../deploy/crds/types');

/** The CRD first: the type may be watched as soon as its FederatedTypeConfig is there. */
function fileOf(target: TargetType): string {
  const options = { aliasDuplicateObjects: false, lineWidth: 100 };
  return [
    `# Federation of ${resourceName(target)}. Made by src/federation/federated-types; into the namespace of the\n`,
    '# control plane: kubectl apply -n kube-federation-system -f FILE\n',
    stringify(federatedCrd(target), options),
    '---\n',
    stringify(typeConfigFor(target), options),
  ].join('');
}

const nameOf = (target: TargetType) => `${resourceName(target)}.yaml`;

it('a file a type, and no other', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(SHIPPED_TYPES.map(nameOf).sort());
});

it.each(SHIPPED_TYPES.map((target) => [nameOf(target), target] as const))('%s', (name, target) => {
  const path = join(FOLDER, name);
  if (process.env['UPDATE_CRDS'] !== undefined) writeFileSync(path, fileOf(target));
  expect(readFileSync(path, 'utf8')).toBe(fileOf(target));
});
