import { CommanderError } from 'commander';
import { createCore } from '../app/core.ts';
import { KeysNotListed, systemClock } from '../cache/index.ts';
import { InvalidConfig, loadConfig, readEnvironment } from '../config/config.ts';
import { BadUserInput, GatewayError } from '../domain/errors.ts';
import type { GatewayEvent } from '../telemetry/logs/log-events.ts';
import type { UpstreamEvent } from '../upstream/events.ts';
import { benchUpstream } from './bench-upstream.ts';
import { effectiveSettings } from './check-config.ts';
import { createGatewayTarget } from './gateway-target.ts';
import { createOutput } from './output.ts';
import { createProgram } from './program.ts';
import { createProgress } from './progress.ts';
import { connectRedisTarget } from './redis-target.ts';
import { CommandFailed } from './target.ts';

const { stdout, stderr } = process;
const FAILED = 1;
const USAGE = 2;
// sysexits.h: configuration error.
const EX_CONFIG = 78;

const program = createProgram({
  connectRedis: () => connectRedisTarget(loadConfig(readEnvironment().environment), surroundings()),
  async connectGateway(url) {
    const { adminToken } = loadConfig(readEnvironment().environment);
    if (adminToken === null)
      throw new CommandFailed('ADMIN_TOKEN is required with --gateway. Set it to the token of the gateway.');
    return createGatewayTarget(url, adminToken);
  },
  settings() {
    const { environment, warnings } = readEnvironment();
    for (const warning of warnings) stderr.write(`warning: ${warning}\n`);
    return effectiveSettings(environment, loadConfig(environment));
  },
  async benchUpstream(rounds, onRound) {
    let events: UpstreamEvent[] = [];
    const core = await createCore(
      loadConfig(readEnvironment().environment),
      surroundings((event) => {
        if (event.type.startsWith('upstream-')) events.push(event as UpstreamEvent);
      }),
    );
    const takeEvents = () => {
      const taken = events;
      events = [];
      return taken;
    };
    return benchUpstream({ api: core.api, takeEvents, clock: systemClock, rounds, onRound }).finally(
      core.close,
    );
  },
  keyPrefix: () => loadConfig(readEnvironment().environment).cache.namespacePrefix,
  output: (json) => createOutput(json || !stdout.isTTY, stdout),
  progress: (name, unit) => createProgress(name, unit, stderr),
});

stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  // A reader such as `head` closes the pipe early.
  if (code !== 'EPIPE') stderr.write(`The output cannot be written (${code}).\n`);
  process.exit(FAILED);
});
// A closed terminal must not end a warm-up.
stderr.on('error', () => {});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function surroundings(report: (event: GatewayEvent) => void = () => {}) {
  return { report, clock: systemClock, random: Math.random };
}

function exitCodeOf(error: unknown): number {
  // Help and usage are already written.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  const isExpected =
    error instanceof CommandFailed ||
    error instanceof GatewayError ||
    error instanceof InvalidConfig ||
    error instanceof KeysNotListed;
  const message = error instanceof Error ? error.message : String(error);
  stderr.write(`${isExpected ? '' : 'Internal error: '}${message}\n`);
  if (error instanceof InvalidConfig) return EX_CONFIG;
  return error instanceof BadUserInput ? USAGE : FAILED;
}
