/**
 * JSON log lines by pino: constant lower-case messages, variables in keys from log-keys.ts.
 * `error` = a person must act; `warn` = degraded, recovering by itself; `info` = state change.
 */

import { type DestinationStream, pino } from 'pino';
import type { LogFields } from './log-keys.ts';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** The same log with `component` set. */
  for(component: string): Logger;
  /** Takes effect at once, for every logger made from the same root. */
  setLevel(level: LogLevel): void;
  readonly level: LogLevel;
}

/** `stream` defaults to stderr, written at once: stdout is for what was asked. */
export function createLogger(level: LogLevel, stream?: DestinationStream): Logger {
  const root = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'message',
    },
    stream ?? pino.destination({ dest: 2, sync: true }),
  );
  const shared = { level };
  const wrap = (component: string | undefined): Logger => {
    const write = (
      at: 'error' | 'warn' | 'info' | 'debug',
      message: string,
      fields?: LogFields,
    ) => {
      root[at](component === undefined ? { ...fields } : { component, ...fields }, message);
    };
    return {
      error: (message, fields) => write('error', message, fields),
      warn: (message, fields) => write('warn', message, fields),
      info: (message, fields) => write('info', message, fields),
      debug: (message, fields) => write('debug', message, fields),
      for: (name) => wrap(name),
      setLevel: (next) => {
        shared.level = next;
        root.level = next;
      },
      get level() {
        return shared.level;
      },
    };
  };
  return wrap(undefined);
}
