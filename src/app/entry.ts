import { InvalidConfig } from '../config/config.ts';

// From sysexits.h: the configuration is wrong.
const EX_CONFIG = 78;

/**
 * Runs an entry point, which gives back how to stop it. It is stopped on SIGTERM and SIGINT, and the process then
 * ends with 0. Where it cannot start, one message says why, without a stack: exit 78 for a wrong configuration, 1 else.
 */
export async function runEntry(name: string, start: () => Promise<() => Promise<void>>): Promise<void> {
  try {
    const stop = await start();
    let stopping = false;
    const onSignal = async () => {
      if (stopping) return;
      stopping = true;
      await stop();
      process.exit(0);
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  } catch (error) {
    process.stderr.write(`${name} cannot start: ${reasonOf(error)}\n`);
    process.exit(error instanceof InvalidConfig ? EX_CONFIG : 1);
  }
}

function reasonOf(error: unknown): string {
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `port ${port} is taken; stop what listens there or choose another port`;
  return message;
}
