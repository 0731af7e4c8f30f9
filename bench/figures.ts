/** Figures as a table: printed, and with --update written into their block of README.md. */

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

export interface Figures {
  readonly part: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Rounds {
  readonly count: number;
  readonly seconds: number;
}

const README = fileURLToPath(new URL('./README.md', import.meta.url));

/** A Markdown table, columns aligned so that it reads on a terminal, too. */
export function tableText({ head, rows }: Figures): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** Between `<!-- figures: PART -->` and `<!-- end -->`. */
export function updateReadme(figures: Figures): void {
  const text = readFileSync(README, 'utf8');
  const begin = `<!-- figures: ${figures.part} -->`;
  const start = text.indexOf(begin);
  const end = text.indexOf('<!-- end -->', start);
  if (start < 0 || end < 0) throw new Error(`${README}: no block for ${figures.part}`);
  const block = `${begin}\nMeasured ${new Date().toISOString().slice(0, 10)}, ${machine()}.\n\n${tableText(figures)}\n`;
  writeFileSync(README, text.slice(0, start) + block + text.slice(end));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** 57,312 */
export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function machine(): string {
  const [first, ...rest] = cpus();
  return `${rest.length + 1} cores of ${first?.model ?? 'unknown'}, Node ${process.versions.node}`;
}
