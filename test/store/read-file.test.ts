/** A file of lines read in pieces is what it is as a whole, wherever the pieces end. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ReadFile } from '../../src/store/file/read-file.ts';
import { temporaryFolder } from '../lab/process.ts';

const PIECE = 4 * 2 ** 20;
const path = join(temporaryFolder('read-file'), 'lines');

describe('a file read in pieces', () => {
  it.each([
    ['empty', []],
    ['one line', ['one']],
    ['lines that end where a piece ends', ['x'.repeat(PIECE - 1), 'y'.repeat(PIECE - 1), 'z']],
    ['a line over several pieces', ['a', 'ö'.repeat(PIECE + 3), 'b']],
    ['empty lines', ['', '', 'x', '']],
    ['very many', Array.from({ length: 300_000 }, (_, at) => `line ${at} ${'.'.repeat(at % 70)}`)],
  ])('%s', (_name, lines: readonly string[]) => {
    const text = lines.map((line) => `${line}\n`).join('');
    writeFileSync(path, text);
    const file = new ReadFile(path);
    expect([...file.lines(file.size)]).toEqual(lines);
    const pieces = Array.from(file.pieces(file.size), (piece) => Buffer.from(piece));
    expect(Buffer.concat(pieces).equals(Buffer.from(text))).toBe(true);
    const last = file.lineBefore(Math.max(0, file.size - 1));
    expect(file.text(last, Math.max(last, file.size - 1))).toBe(lines.at(-1) ?? '');
    file.close();
  });
});
