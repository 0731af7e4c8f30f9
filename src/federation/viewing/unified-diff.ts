/**
 * Two texts -> what is another in the second, as `diff -u` says it: a few lines around each change.
 * Pure. Of very long texts that differ all over, all that lies between their common ends counts as
 * changed.
 */

export interface DiffNames {
  readonly before: string;
  readonly after: string;
}

/** Lines around a change. */
const CONTEXT = 3;
/** Cells of the table of common lines: 16 MB. */
const CELLS_MAX = 4_000_000;

type Mark = ' ' | '-' | '+';

interface Line {
  readonly mark: Mark;
  readonly text: string;
}

/** Empty: they are the same. */
export function unifiedDiff(before: string, after: string, names: DiffNames): string {
  if (before === after) return '';
  const lines = markedLines(linesOf(before), linesOf(after));
  const hunks = hunksOf(lines).map((hunk) => formatHunk(lines, hunk));
  return [`--- ${names.before}`, `+++ ${names.after}`, ...hunks].join('\n');
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function markedLines(before: readonly string[], after: readonly string[]): readonly Line[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end++;
  const mark = (mark: Mark) => (text: string) => ({ mark, text });
  return [
    ...before.slice(0, start).map(mark(' ')),
    ...middleLines(
      before.slice(start, before.length - end),
      after.slice(start, after.length - end),
    ),
    ...before.slice(before.length - end).map(mark(' ')),
  ];
}

/** By the longest common subsequence; what goes stands before what comes. */
function middleLines(before: readonly string[], after: readonly string[]): readonly Line[] {
  const width = after.length + 1;
  const isShort = before.length * after.length <= CELLS_MAX;
  const common = new Uint32Array(isShort ? (before.length + 1) * width : 0);
  const at = (row: number, column: number) => common[row * width + column] ?? 0;
  for (let row = before.length - 1; isShort && row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      common[row * width + column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: Line[] = [];
  let row = 0;
  let column = 0;
  while (row < before.length || column < after.length) {
    const [left, right] = [before[row], after[column]];
    if (isShort && left !== undefined && left === right) {
      lines.push({ mark: ' ', text: left });
      row++;
      column++;
    } else if (
      left !== undefined &&
      (right === undefined || at(row + 1, column) >= at(row, column + 1))
    ) {
      lines.push({ mark: '-', text: left });
      row++;
    } else {
      lines.push({ mark: '+', text: right ?? '' });
      column++;
    }
  }
  return lines;
}

/** From a line to the line behind the last. */
interface Hunk {
  readonly from: number;
  readonly to: number;
}

function hunksOf(lines: readonly Line[]): readonly Hunk[] {
  const hunks: Hunk[] = [];
  for (const [index, { mark }] of lines.entries()) {
    if (mark === ' ') continue;
    const from = Math.max(0, index - CONTEXT);
    const to = Math.min(lines.length, index + CONTEXT + 1);
    const last = hunks.at(-1);
    if (last !== undefined && from <= last.to) hunks[hunks.length - 1] = { from: last.from, to };
    else hunks.push({ from, to });
  }
  return hunks;
}

function formatHunk(lines: readonly Line[], { from, to }: Hunk): string {
  const count = (some: readonly Line[], other: Mark) =>
    some.filter(({ mark }) => mark !== other).length;
  const [above, within] = [lines.slice(0, from), lines.slice(from, to)];
  const range = (other: Mark) => {
    const length = count(within, other);
    return `${count(above, other) + (length === 0 ? 0 : 1)},${length}`;
  };
  const head = `@@ -${range('+')} +${range('-')} @@`;
  return [head, ...within.map(({ mark, text }) => `${mark}${text}`)].join('\n');
}
