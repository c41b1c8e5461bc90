import { InvalidConfig } from '../config/config.ts';

// From sysexits.h: the configuration is wrong.
const EX_CONFIG = 78;

/**
 * Runs an entry point; `start` returns the function that stops it. SIGTERM and SIGINT stop it, and the process exits
 * with 0. If it cannot start, one message without a stack says why: exit code 78 for an invalid configuration, 1 otherwise.
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
  if (code === 'EADDRINUSE')
    return `port ${port} is already in use; stop the process that uses it or choose another port`;
  return message;
}
