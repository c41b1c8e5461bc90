import { type Logger, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Output } from './output.ts';

export type { Logger };

/** Logs JSON lines, or lines for people where the output is a terminal: one an event, but for the stack of an error. */
export function createLogger(level: string, output: Pick<Output, 'isTerminal' | 'write'>): Logger {
  const options = { level, base: null };
  if (!output.isTerminal) return pino(options, output);
  const prettify = prettyFactory({ colorize: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l' });
  return pino(options, { write: (line) => output.write(prettify(line)) });
}
