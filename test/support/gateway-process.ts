import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { COMPILE_CACHE } from './compile-cache.ts';

/** A gateway in a process of its own, as operators run it. */
export interface GatewayProcess {
  readonly origin: string;
  readonly pid: number;
  /** Its log so far. */
  readonly log: readonly LogLine[];
  /** Its complete output so far, including its log. */
  output(): string;
  /** Sends a GraphQL query, with a bearer token if given. Resolves with the data or the errors. */
  query(
    text: string,
    token?: string,
  ): Promise<{ readonly data: unknown; readonly errors: readonly unknown[] }>;
  freeze(): void;
  thaw(): void;
  /** Sends SIGTERM, as an orchestrator does. Resolves with the exit code, or null if a signal ended the process. */
  terminate(): Promise<number | null>;
  kill(): Promise<void>;
}

/** The other fields depend on the event. */
type LogLine = {
  readonly event?: string;
  readonly msg: string;
  readonly port?: number;
  readonly changes?: number;
} & Readonly<Record<string, unknown>>;

/**
 * Starts `src/main.ts` of the directory (default: this one) on a free port of this machine with only these variables;
 * `kill` it when done.
 */
export async function startGatewayProcess(
  variables: Record<string, string>,
  directory = process.cwd(),
): Promise<GatewayProcess> {
  const env = { PATH: process.env.PATH, NODE_ENV: 'test', PORT: '0', ...COMPILE_CACHE, ...variables };
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  child.stderr.pipe(process.stderr, { end: false });
  const log: LogLine[] = [];
  const origin = `http://127.0.0.1:${await untilListening(child, log)}`;
  return {
    origin,
    pid: child.pid as number,
    log,
    output: () => output,
    async query(query, token) {
      const response = await fetch(`${origin}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json',
          ...(token && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ query }),
      });
      const { data, errors = [] } = (await response.json()) as { data: unknown; errors?: unknown[] };
      return { data, errors };
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async terminate() {
      // `close` and not `exit`, because the last output may arrive after `exit`.
      const closed = once(child, 'close') as Promise<[number | null]>;
      child.kill('SIGTERM');
      return (await closed)[0];
    },
    async kill() {
      process.removeListener('exit', killOnExit);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function untilListening(child: ChildProcess, log: LogLine[]): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}`)));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (text) => {
      // Ignore the banner, which is for people.
      if (!text.startsWith('{')) return;
      const line = JSON.parse(text) as LogLine;
      log.push(line);
      if (line.msg === 'listening' && line.port !== undefined) resolve(line.port);
    });
  });
}
