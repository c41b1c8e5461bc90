import { parseArgs } from 'node:util';
import { ENGINE } from '../test/simulation/engine.ts';
import { explain, runSeeds } from '../test/simulation/seeds.ts';

// Plays simulations of the cache engine: --seeds how many, --from the first, --seed only that one. Fails with the
// shortest history that breaks a promise.
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
  },
});
const from = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
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
