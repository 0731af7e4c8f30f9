/**
 * What admission refuses of a FederatedTypeConfig. A group that is not said is the name's, and a
 * status type's that of the federated type, as KubeFed fills them in.
 *
 * Source: specs of KubeFed 0.10, "FederatedTypeConfig".
 */

import { textAt, valueAt } from '../untyped.ts';
import type { CheckedWrite, FieldProblem } from './field-problem.ts';
import { isDns1035Label, isSubdomain } from './name-forms.ts';

export function checkTypeConfig(
  object: unknown,
  { part = 'spec' }: CheckedWrite = {},
): readonly FieldProblem[] {
  return part === 'status' ? checkStatus(object) : checkSpec(object);
}

const ON_OFF = ['Enabled', 'Disabled'] as const;

function checkSpec(object: unknown): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const tell = (field: string, message: string) => problems.push({ field, message });
  for (const name of ['targetType', 'federatedType', 'statusType'] as const) {
    const resource = valueAt(object, 'spec', name);
    const isAbsent = resource === undefined || resource === null;
    if (isAbsent && name !== 'statusType') tell(`spec.${name}`, 'is missing');
    if (isAbsent) continue;
    for (const { field, message } of checkResource(resource, name)) {
      tell(`spec.${name}.${field}`, message);
    }
  }
  tellWord(tell, { field: 'spec.propagation', words: ON_OFF, object });
  if (valueAt(object, 'spec', 'statusCollection') !== undefined) {
    tellWord(tell, { field: 'spec.statusCollection', words: ON_OFF, object });
  }
  const plural = textAt(object, 'spec', 'targetType', 'pluralName') ?? '';
  const group = textAt(object, 'spec', 'targetType', 'group') ?? '';
  const name = textAt(object, 'metadata', 'name') ?? '';
  const isNamed = group === '' ? name.split('.')[0] === plural : name === `${plural}.${group}`;
  if (plural !== '' && !isNamed) {
    tell('metadata.name', "must be the target's plural name, a dot and its group (none: no dot)");
  }
  return problems;
}

type Part = 'targetType' | 'federatedType' | 'statusType';

function checkResource(resource: unknown, part: Part): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const tell = (field: string, message: string) => problems.push({ field, message });
  const version = textAt(resource, 'version') ?? '';
  const kind = textAt(resource, 'kind') ?? '';
  const plural = textAt(resource, 'pluralName') ?? '';
  const group = textAt(resource, 'group') ?? '';
  const label = 'must be a DNS label that begins with a letter';
  if (!isDns1035Label(version)) tell('version', label);
  if (!isDns1035Label(kind.toLowerCase())) tell('kind', `${label}, once in lower case`);
  if (!isDns1035Label(plural)) tell('pluralName', label);
  if (group !== '' && !isSubdomain(group)) tell('group', 'must be a lower-case DNS name');
  const mustBeSaid = part === 'federatedType' || (part === 'statusType' && group !== '');
  if (mustBeSaid && !group.includes('.')) tell('group', 'must be said, and hold a dot');
  tellWord(tell, { field: 'scope', words: ['Cluster', 'Namespaced'], object: resource });
  return problems;
}

const CONTROLLER_STATES = ['Running', 'NotRunning'] as const;

function checkStatus(object: unknown): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const tell = (field: string, message: string) => problems.push({ field, message });
  const generation = valueAt(object, 'status', 'observedGeneration');
  if (!(Number.isSafeInteger(generation) && Number(generation) >= 0)) {
    tell('status.observedGeneration', 'must be 0 or more');
  }
  tellWord(tell, { field: 'status.propagationController', words: CONTROLLER_STATES, object });
  if (valueAt(object, 'status', 'statusController') !== undefined) {
    tellWord(tell, { field: 'status.statusController', words: CONTROLLER_STATES, object });
  }
  return problems;
}

interface WordField {
  readonly field: string;
  readonly words: readonly string[];
  readonly object: unknown;
}

function tellWord(
  tell: (field: string, message: string) => void,
  { field, words, object }: WordField,
): void {
  const said = textAt(object, ...field.split('.'));
  if (said === undefined) tell(field, 'is missing');
  else if (!words.includes(said)) tell(field, `is none of ${words.join(', ')}`);
}
