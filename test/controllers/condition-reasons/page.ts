/** deploy/condition-reasons.md, a section for each kind; each test of reasons writes those that it provokes. */

import { readFileSync, writeFileSync } from 'node:fs';
import { CONFIGURED } from './configured-facts.ts';
import type { AllReasons, ReasonFacts, Section } from './reason-facts.ts';
import { RECORDS } from './record-facts.ts';

const PAGE = new URL('../../../deploy/condition-reasons.md', import.meta.url);

const REASONS: AllReasons = { ...CONFIGURED, ...RECORDS };
export const SECTIONS = Object.keys(REASONS) as readonly Section[];

/** Condition and reason, a space between -> the message that was seen. */
export type SeenMessages = ReadonlyMap<string, string>;

/** `Ready NoClusters` and the like -> its facts. */
export function factsOf(section: Section): ReadonlyMap<string, ReasonFacts> {
  const conditions: Readonly<Record<string, Readonly<Record<string, ReasonFacts>>>> =
    REASONS[section];
  return new Map(
    Object.entries(conditions).flatMap(([type, facts]) =>
      Object.entries(facts).map(([reason, one]) => [`${type} ${reason}`, one]),
    ),
  );
}

export function sectionText(section: Section, seen: SeenMessages): string {
  const rows = [...factsOf(section)].map(([id, { status, means, todo }]) => {
    const [type, reason] = id.split(' ');
    const message = cell(seen.get(id) ?? '');
    return `| ${type} | ${status} | ${reason} | ${means} | ${message} | ${todo} |`;
  });
  return [TABLE_HEAD, ...rows].join('\n');
}

/** Its text of each section that it has, in its order. */
export function readPage(): Map<string, string> {
  const [, ...parts] = readFileSync(PAGE, 'utf8').split(/^## /m);
  return new Map(
    parts.map((part) => {
      const end = part.indexOf('\n');
      return [part.slice(0, end), part.slice(end).trim()];
    }),
  );
}

export function writeSection(section: Section, text: string): void {
  const sections = readPage().set(section, text);
  writeFileSync(PAGE, pageOf(sections));
}

/** As it is, whole. */
export function pageText(): string {
  return readFileSync(PAGE, 'utf8');
}

export function pageOf(sections: ReadonlyMap<string, string>): string {
  const parts = SECTIONS.flatMap((section) => {
    const text = sections.get(section);
    return text === undefined ? [] : [`## ${section}\n\n${text}\n`];
  });
  return [HEAD, ...parts].join('\n');
}

/** What is another in every run has its name there. */
function cell(message: string): string {
  const same = message
    .replace(/127\.0\.0\.1:\d+/g, 'ADDRESS')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/fedns accept [^"]+/g, 'fedns accept ID')
    .replaceAll('|', '\\|');
  return same === '' ? '' : `\`${same}\``;
}

const HEAD = `# The reasons of conditions

Of every kind that a person writes; the words of a Federated<Kind>'s propagation are in
[status-words.md](status-words.md). Each object has its conditions in \`status.conditions\`: \`kubectl get\`
shows status and reason of Ready, \`kubectl describe\` the messages. There is nothing to do where the last
column says so. The condition \`fedns.io/Watched\` of a KubeFedCluster is written by who publishes its
answers: see [README.md](README.md).

The tables are written by the tests that provoke each reason on real API servers
(\`test/controllers/condition-reasons\`, with \`UPDATE_CONDITION_REASONS=1\`), and a reason that none provokes
fails them. The messages are those of that run; ADDRESS, TIME and ID are other ones in each.
`;

const TABLE_HEAD = `| condition | status | reason | means | message, for example | what to do |
| --- | --- | --- | --- | --- | --- |`;
