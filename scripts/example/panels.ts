import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

// The example has a package of its own, so that `npm ci` of the gateway does not install a front end's packages.

const PANELS = resolve(import.meta.dirname, '../../examples/panels');
const VITE = join(PANELS, 'node_modules/vite/bin/vite.js');

/** A server of the built page. */
export interface PanelsServer {
  readonly origin: string;
  close(): Promise<void>;
}

/** Installs the packages of `examples/panels` if they are missing or older than its lock file. */
export function installPanels(): void {
  // npm writes it last.
  const installed = join(PANELS, 'node_modules/.package-lock.json');
  const isCurrent =
    existsSync(installed) &&
    statSync(installed).mtimeMs >= statSync(join(PANELS, 'package-lock.json')).mtimeMs;
  if (isCurrent) return;
  process.stdout.write('Installing the packages of examples/panels (npm ci)\n');
  runPanels('npm', ['ci', '--include=dev', '--loglevel=error', '--no-audit', '--no-fund']);
}

export function buildPanels(): void {
  runPanels(process.execPath, [VITE, 'build', '--logLevel', 'warn'], { NODE_ENV: 'production' });
}

/** Runs a program in `examples/panels`. @throws if it fails. */
export function runPanels(program: string, args: readonly string[], variables?: NodeJS.ProcessEnv): void {
  const env = { ...process.env, ...variables };
  execFileSync(program, args, { cwd: PANELS, env, stdio: ['ignore', 'inherit', 'inherit'] });
}

/**
 * Serves the built page on a port of this machine (0: a free one), and passes `/graphql` on to the gateway.
 * @throws with the output of Vite if it cannot start, for example because the port is in use.
 */
export async function servePanels(gateway: string, port: number): Promise<PanelsServer> {
  const args = ['preview', '--host', '127.0.0.1', '--port', String(port), '--strictPort'];
  const child = spawn(process.execPath, [VITE, ...args], {
    cwd: PANELS,
    env: { ...process.env, NO_COLOR: '1', GATEWAY_URL: gateway },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const killOnExit = () => child.kill();
  process.once('exit', killOnExit);
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const origin = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
      if (found) resolve(found);
    });
    child.once('close', () => reject(new Error(messageOf(output))));
  });
  return {
    origin,
    async close() {
      process.off('exit', killOnExit);
      child.kill();
      await closed;
    },
  };
}

/** The message of the error that Vite prints, without its stack. */
function messageOf(output: string): string {
  return /Error: (.*)/.exec(output)?.[1] ?? output.trim();
}
