import { parseArgs } from 'node:util';
import { ENGINE } from '../test/simulation/engine.ts';
import { explain, runSeeds } from '../test/simulation/seeds.ts';

// Runs simulations of the cache engine: --seeds their number, --from the first seed, --seed a single one. Fails with the
// shortest history that breaks a promise.
const USAGE = `Usage: npm run simulate -- [--seeds N] [--from N] [--seed N]

  --seeds N   how many simulations to run, 10000 by default
  --from N    the first seed, 1 by default
  --seed N    only this one
  --help      this text
`;
const { values } = readArguments();
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const from = numberOf(values.seed ?? values.from);
const count = values.seed === undefined ? numberOf(values.seeds) : 1;
// A reader such as `head` closes the pipe early.
process.stdout.on('error', () => process.exit(1));
const write = (line: string) => process.stdout.write(`${line}\n`);

const startedAt = performance.now();
const { seeds, steps, events, failure } = await runSeeds(from, count, ENGINE);
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
write(`seeds ${from} to ${from + seeds - 1}: ${seeds} run, ${steps} steps, ${seconds} s`);
write([...events].map(([type, times]) => `${type} ${times}`).join(', '));
if (failure) {
  const { seed, broken, story } = await explain(failure, ENGINE);
  write(`\nseed ${seed} breaks promise ${broken}\n\n${story}`);
  process.exitCode = 1;
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        seeds: { type: 'string', default: '10000' },
        from: { type: 'string', default: '1' },
        seed: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function numberOf(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : refuse(`"${text.slice(0, 20)}" is not a whole number.`);
}

function refuse(reason: string): never {
  process.stderr.write(`${reason}\n\n${USAGE}`);
  process.exit(2);
}
