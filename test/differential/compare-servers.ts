/**
 * Asks two witnesses, and a server on trial when there is one, the same questions about the same
 * zones. Only where the witnesses agree does a difference count.
 */
import type { Address } from '../conformance/wire/exchange.ts';
import { foldName } from '../conformance/wire/rdata-text.ts';
import { type BulkClient, openBulkClient } from './ask-all.ts';
import type { RandomQuestion, RandomZone } from './generate-zone.ts';
import { type NormalReply, normalForm } from './normal-form.ts';

export const OUTCOMES = [
  'hit',
  'chain',
  'wildcard',
  'empty non-terminal',
  'nodata',
  'nxdomain',
  'referral',
  'truncated',
] as const;

export type Outcome = (typeof OUTCOMES)[number] | 'other';

export interface Difference {
  /** Seed and question: enough to ask again. */
  readonly replay: string;
  readonly witnesses: string;
  readonly trial: string;
}

export interface Comparison {
  asked: number;
  agreed: number;
  /** Of the agreed ones, by what the witnesses answered. */
  readonly outcomes: Map<Outcome, number>;
  readonly disputes: string[];
  readonly differences: Difference[];
}

export interface Servers {
  readonly witnesses: readonly [Address, Address];
  readonly trial?: Address;
}

const KEPT = 50;

export async function compareServers(
  zones: readonly RandomZone[],
  servers: Servers,
): Promise<Comparison> {
  const result: Comparison = {
    asked: 0,
    agreed: 0,
    outcomes: new Map(),
    disputes: [],
    differences: [],
  };
  const addresses = [...servers.witnesses, ...(servers.trial ? [servers.trial] : [])];
  const clients = await Promise.all(addresses.map(openBulkClient));
  try {
    for (const zone of zones) await compareZone(zone, clients, result);
  } finally {
    for (const client of clients) client.close();
  }
  return result;
}

async function compareZone(
  zone: RandomZone,
  clients: readonly BulkClient[],
  result: Comparison,
): Promise<void> {
  const queries = zone.questions.map((question) => question.query);
  const replies = await Promise.all(clients.map((client) => client.ask(queries)));
  for (const [index, question] of zone.questions.entries()) {
    const [first, second, trial] = replies.map((list) => read(list[index], zone));
    const replay = `seed ${zone.seed}: ${question.text}`;
    result.asked++;
    if (first?.reply === undefined || first.text !== second?.text) {
      if (result.disputes.length < KEPT) {
        result.disputes.push(`${replay}\n  1: ${first?.text}\n  2: ${second?.text}`);
      }
      continue;
    }
    result.agreed++;
    const outcome = outcomeOf(first.reply, question, zone);
    result.outcomes.set(outcome, (result.outcomes.get(outcome) ?? 0) + 1);
    if (clients.length < 3 || trial?.text === first.text) continue;
    if (result.differences.length < KEPT) {
      result.differences.push({ replay, witnesses: first.text, trial: trial?.text ?? 'nothing' });
    }
  }
}

function read(
  reply: Buffer | undefined,
  zone: RandomZone,
): { readonly text: string; readonly reply: NormalReply | undefined } {
  try {
    const normal = normalForm(reply, zone.zone.apex);
    return { text: normal?.text ?? 'silence', reply: normal };
  } catch (error) {
    return { text: `unreadable: ${String(error)}`, reply: undefined };
  }
}

function outcomeOf(reply: NormalReply, question: RandomQuestion, zone: RandomZone): Outcome {
  const { flags, rcode, answer, authority } = reply.message;
  if (flags.tc) return 'truncated';
  if (answer.some((each) => each.type === 5) && question.type !== 'CNAME') return 'chain';
  if (rcode === 3) return 'nxdomain';
  if (rcode !== 0) return 'other';
  if (!flags.aa && authority.some((each) => each.type === 2)) return 'referral';
  const name = foldName(question.name);
  if (answer.length > 0) return zone.owners.has(name) ? 'hit' : 'wildcard';
  return zone.empties.has(name) ? 'empty non-terminal' : 'nodata';
}

/** A table for people: how much was asked, agreed, and of which kind. */
export function describeComparison(result: Comparison): string {
  const share = (count: number) => `${((100 * count) / Math.max(1, result.agreed)).toFixed(1)} %`;
  const rows = OUTCOMES.map((each) => {
    const count = result.outcomes.get(each) ?? 0;
    return `  ${each.padEnd(20)}${String(count).padStart(8)}  ${share(count)}`;
  });
  const agreed = ((100 * result.agreed) / Math.max(1, result.asked)).toFixed(2);
  return [`${result.asked} asked, witnesses agree on ${agreed} %`, ...rows].join('\n');
}
