import { type Logger, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Output } from './output.ts';

export type { Logger };

/** Logs one line per event: JSON, or readable text if the output is a terminal. The stack of an error adds lines to text. */
export function createLogger(level: string, output: Pick<Output, 'isTerminal' | 'write'>): Logger {
  const options = { level, base: null };
  if (!output.isTerminal) return pino(options, output);
  const prettify = prettyFactory({ colorize: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l' });
  return pino(options, { write: (line) => output.write(prettify(line)) });
}
