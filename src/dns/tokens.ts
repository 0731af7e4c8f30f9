/**
 * Zone-file text -> entries of tokens, RFC 1035 section 5.1: comments, quotes, parentheses,
 * escapes. Names and numbers are made of the tokens elsewhere (presentation.ts, rdata/).
 */

import { InputError } from './errors.ts';

export interface Token {
  /** As written, escapes kept: the reader of a name and of a string undo them differently. */
  readonly text: string;
  readonly isQuoted: boolean;
}

/** One logical line: parentheses joined it. */
export interface Entry {
  /** Line of the file on which it begins, from 1. */
  readonly line: number;
  /** It began with a blank: the owner is that of the entry before. */
  readonly isIndented: boolean;
  readonly tokens: readonly Token[];
}

/** Throws InputError ZONE_SYNTAX with `path:line`. */
export function scanEntries(text: string, path = ''): Entry[] {
  const scanner = new Scanner(text, path);
  while (!scanner.isAtEnd()) scanner.step();
  return scanner.finish();
}

/** Octets that a token stands for: `\X` and `\DDD` undone, UTF-8 for what is beyond ASCII. */
export function unescapeText(text: string): string {
  let octets = '';
  for (let index = 0; index < text.length; ) {
    const code = text.codePointAt(index) as number;
    if (code !== 0x5c) {
      octets += utf8Octets(code);
      index += code > 0xffff ? 2 : 1;
      continue;
    }
    const digits = /^[0-9]{3}/.exec(text.slice(index + 1, index + 4))?.[0];
    if (digits === undefined) {
      // What is escaped stands for itself, so the next step may take it as any other character.
      if (text[index + 1] === '\\') octets += '\\';
      index += text[index + 1] === '\\' ? 2 : 1;
      continue;
    }
    if (Number(digits) > 255) throw new InputError('TEXT_ESCAPE', `bad escape \\${digits}`);
    octets += String.fromCharCode(Number(digits));
    index += 4;
  }
  return octets;
}

function utf8Octets(code: number): string {
  if (code < 0x80) return String.fromCharCode(code);
  return String.fromCharCode(...new TextEncoder().encode(String.fromCodePoint(code)));
}

/** A character-string in quotes, RFC 1035 section 5.1. */
export function quoteText(octets: string): string {
  let text = '"';
  for (let index = 0; index < octets.length; index++) {
    const code = octets.charCodeAt(index);
    if (code === 0x22 || code === 0x5c) text += `\\${String.fromCharCode(code)}`;
    else if (code >= 0x20 && code < 0x7f) text += String.fromCharCode(code);
    else text += `\\${String(code).padStart(3, '0')}`;
  }
  return `${text}"`;
}

class Scanner {
  readonly #text: string;
  readonly #path: string;
  #at = 0;
  #line = 1;
  #depth = 0;
  #isLineStart = true;
  #isIndented = false;
  #entryLine = 1;
  #tokens: Token[] = [];
  readonly #entries: Entry[] = [];

  constructor(text: string, path: string) {
    this.#text = text;
    this.#path = path;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  finish(): Entry[] {
    if (this.#depth > 0) throw this.#error('a parenthesis is left open', this.#entryLine);
    this.#endEntry();
    return this.#entries;
  }

  step(): void {
    const char = this.#text[this.#at] as string;
    if (char === '\n') this.#newLine();
    else if (char === ' ' || char === '\t' || char === '\r') this.#blank();
    else if (char === ';') this.#comment();
    else if (char === '(' || char === ')') this.#parenthesis(char);
    else if (char === '"') this.#quoted();
    else this.#plain();
  }

  #newLine(): void {
    this.#at++;
    this.#line++;
    if (this.#depth > 0) return;
    this.#endEntry();
    this.#isLineStart = true;
  }

  #blank(): void {
    if (this.#isLineStart && this.#depth === 0) this.#isIndented = true;
    this.#isLineStart = false;
    this.#at++;
  }

  #comment(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #parenthesis(char: string): void {
    this.#beginEntry();
    this.#depth += char === '(' ? 1 : -1;
    if (this.#depth < 0) throw this.#error('a parenthesis closes nothing', this.#line);
    this.#at++;
  }

  #quoted(): void {
    this.#beginEntry();
    const start = ++this.#at;
    for (; this.#text[this.#at] !== '"'; this.#at++) {
      if (this.#text[this.#at] === '\\') this.#at++;
      const char = this.#text[this.#at];
      if (char === undefined || char === '\n') {
        throw this.#error('a quote is left open', this.#line);
      }
    }
    this.#tokens.push({ text: this.#text.slice(start, this.#at), isQuoted: true });
    this.#at++;
  }

  #plain(): void {
    this.#beginEntry();
    const start = this.#at;
    while (!this.isAtEnd() && !/[\s;()"]/.test(this.#text[this.#at] as string)) {
      const isEscape = this.#text[this.#at] === '\\' && this.#text[this.#at + 1] !== '\n';
      this.#at += isEscape ? 2 : 1;
    }
    this.#at = Math.min(this.#at, this.#text.length);
    this.#tokens.push({ text: this.#text.slice(start, this.#at), isQuoted: false });
  }

  #beginEntry(): void {
    if (this.#tokens.length === 0 && this.#depth === 0) this.#entryLine = this.#line;
    this.#isLineStart = false;
  }

  #endEntry(): void {
    if (this.#tokens.length > 0) {
      this.#entries.push({
        line: this.#entryLine,
        isIndented: this.#isIndented,
        tokens: this.#tokens,
      });
    }
    this.#tokens = [];
    this.#isIndented = false;
  }

  #error(what: string, line: number): InputError {
    return new InputError('ZONE_SYNTAX', what, `${this.#path}:${line}`);
  }
}
