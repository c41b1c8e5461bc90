import { type Logger, pino } from 'pino';
import type { Output } from './output.ts';

export type { Logger };

/** Logs one line per event: JSON, or readable text if the output is a terminal. The stack of an error adds lines to text. */
export async function createLogger(
  level: string,
  output: Pick<Output, 'isTerminal' | 'write'>,
): Promise<Logger> {
  const options = { level, base: null };
  if (!output.isTerminal) return pino(options, output);
  const { prettyFactory } = await import('pino-pretty');
  const prettify = prettyFactory({ colorize: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l' });
  return pino(options, { write: (line) => output.write(prettify(line)) });
}
