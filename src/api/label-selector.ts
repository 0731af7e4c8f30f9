/**
 * A label selector (meta/v1): what it asks for, and whether labels are so.
 *
 * Source: Kubernetes "Labels and Selectors"; NotIn and DoesNotExist also match what lacks the key.
 * A key that no label can have is bad, as it is to client-go, and not one that nothing has.
 */

import { isLabelKey, isLabelValue } from './kubefed/name-forms.ts';
import { bad, good, type Read } from './read.ts';
import { listAt, textAt, textMapAt, valueAt } from './untyped.ts';

export interface LabelSelector {
  readonly labels: ReadonlyMap<string, string>;
  readonly expressions: readonly LabelExpression[];
}

interface LabelExpression {
  readonly key: string;
  readonly operator: (typeof OPERATORS)[number];
  readonly values: readonly string[];
}

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

export function readLabelSelector(value: unknown): Read<LabelSelector> {
  const labels = textMapAt(valueAt(value, 'matchLabels'));
  for (const [key, wanted] of labels) {
    if (!isLabelKey(key)) return bad(`matchLabels.${key}: is no key of a label`);
    if (!isLabelValue(wanted)) return bad(`matchLabels.${key}: "${wanted}" is no value of a label`);
  }
  const expressions: LabelExpression[] = [];
  for (const [index, one] of listAt(value, 'matchExpressions').entries()) {
    const at = `matchExpressions[${index}]`;
    const key = textAt(one, 'key') ?? '';
    const said = textAt(one, 'operator');
    const operator = OPERATORS.find((each) => each === said);
    const values = listAt(one, 'values').map(String);
    if (key === '') return bad(`${at}.key: is missing`);
    if (!isLabelKey(key)) return bad(`${at}.key: "${key}" is no key of a label`);
    if (operator === undefined) return bad(`${at}.operator: is none of ${OPERATORS.join(', ')}`);
    const wantsValues = operator === 'In' || operator === 'NotIn';
    if (wantsValues !== values.length > 0) {
      return bad(`${at}.values: ${operator} has ${wantsValues ? 'at least one' : 'none'}`);
    }
    expressions.push({ key, operator, values });
  }
  return good({ labels, expressions });
}

/** An empty one selects everything. */
export function matchesLabels(
  { labels: wanted, expressions }: LabelSelector,
  labels: ReadonlyMap<string, string>,
): boolean {
  for (const [key, value] of wanted) if (labels.get(key) !== value) return false;
  return expressions.every(({ key, operator, values }) => {
    const value = labels.get(key);
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        return operator satisfies never;
    }
  });
}
