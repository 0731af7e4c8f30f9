/**
 * `load-balancers`, or a label selector as kubectl's `-l` takes it -> which Services take part
 * without a mark of their own. Source: apimachinery labels.Parse (equality and set forms).
 */

import { InputError } from '../../dns/errors.ts';
import type { SelectHosts } from './host-reports.ts';
import type { SelectServices } from './member-reports.ts';

interface LabelRule {
  /** Of the label. */
  readonly name: string;
  readonly holds: (labels: ReadonlyMap<string, string>) => boolean;
}

const NAME = '[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?';
const SET = new RegExp(String.raw`^(${NAME})\s+(in|notin)\s*\(([^()]*)\)$`);
const EQUAL = new RegExp(String.raw`^(${NAME})\s*(==|=|!=)\s*([-A-Za-z0-9_.]*)$`);
const EXISTS = new RegExp(String.raw`^(!?)\s*(${NAME})$`);

const LOAD_BALANCERS = 'load-balancers';

/** Empty: none. Throws InputError SELECTOR. */
export function selectServices(text: string): SelectServices {
  const trimmed = text.trim();
  if (trimmed === '') return () => false;
  if (trimmed === LOAD_BALANCERS) return ({ type }) => type === 'LoadBalancer';
  const rules = rulesOf(trimmed, 'members.select');
  return ({ labels }) => rules.every(({ holds }) => holds(labels));
}

/** The labels that it asks for. Throws InputError SELECTOR. */
export function labelNamesOf(text: string): ReadonlySet<string> {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === LOAD_BALANCERS) return new Set();
  return new Set(rulesOf(trimmed, 'members.select').map(({ name }) => name));
}

/** The same for Ingresses and HTTPRoutes: `all`, or a label selector; empty: none. */
export function selectHosts(text: string): SelectHosts {
  const trimmed = text.trim();
  if (trimmed === '') return () => false;
  if (trimmed === 'all') return () => true;
  const rules = rulesOf(trimmed, 'members.ingresses');
  return (labels) => rules.every(({ holds }) => holds(labels));
}

function rulesOf(text: string, setting: string): LabelRule[] {
  return partsOf(text).map((part) => ruleOf(part, setting));
}

/** Commas inside parentheses belong to their set. */
function partsOf(text: string): string[] {
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}

function ruleOf(part: string, setting: string): LabelRule {
  const set = SET.exec(part);
  if (set !== null) {
    const [, name = '', , operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    const isIn = (labels: ReadonlyMap<string, string>) => values.has(labels.get(name) ?? '');
    // A label that is absent is in no set: `notin` holds.
    if (operator === 'in') return { name, holds: (labels) => labels.has(name) && isIn(labels) };
    return { name, holds: (labels) => !labels.has(name) || !isIn(labels) };
  }
  const equal = EQUAL.exec(part);
  if (equal !== null) {
    const [, name = '', , operator, value] = equal;
    const isEqual = operator !== '!=';
    return { name, holds: (labels) => (labels.get(name) === value) === isEqual };
  }
  const exists = EXISTS.exec(part);
  if (exists !== null) {
    const [, not, name = ''] = exists;
    return { name, holds: (labels) => labels.has(name) === (not === '') };
  }
  throw new InputError('SELECTOR', `${setting}: "${part}" is no part of a label selector`);
}
