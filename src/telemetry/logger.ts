import { type Logger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';

export type { Logger };

/** Logs to standard output: JSON lines, or lines for people where that is a terminal. */
export function createLogger(level: string, terminal: boolean): Logger {
  const options = { level, base: null };
  if (!terminal) return pino(options);
  return pino(options, PinoPretty({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', sync: true }));
}
