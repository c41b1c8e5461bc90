import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createProgress } from '../lib/progress.ts';
import { createClient } from './client.ts';
import { separateCores } from './cores.ts';
import { createDataset, type Dataset } from './dataset.ts';
import { findLoadGenerator } from './load/index.ts';
import { describeMachine, printSection, readResults, writeDocs, writeResults } from './report.ts';
import type { Surroundings } from './scenario.ts';
import { SCENARIOS } from './scenarios/index.ts';

// A hanging server must not hang the caller of the benchmark.
const LONGEST_RUN_MS = 60 * 60_000;

const names = Object.keys(SCENARIOS);
const HELP = `npm run bench -- [options] [scenario ...]

Compares the gateway with other servers. Without names it runs all scenarios:
  ${names.join(' ')}

  --quick       fewer and shorter rounds, with separate results: to check that it works
  --before DIR  also measures the gateway of another checkout, such as a git worktree of an earlier commit
  --write-docs  writes all available results into docs/benchmarks.md and docs/benchmarks.svg
  --help        shows this help
`;

const { values: options, positionals } = readArguments();
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const unknown = positionals.filter((name) => !names.includes(name));
if (unknown.length > 0) fail(`Unknown scenario: ${unknown.join(', ')}.`);
if (options.quick && options['write-docs']) fail('--quick cannot be combined with --write-docs.');
setTimeout(() => {
  process.stderr.write(`Stopped after ${LONGEST_RUN_MS / 60_000} minutes.\n`);
  process.exit(1);
}, LONGEST_RUN_MS).unref();
// Without this, the started servers would outlive the process.
process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));

const resultsName = options.quick ? 'servers-quick' : 'servers';
const cores = separateCores();
const client = createClient();
const progress = createProgress(process.stderr);
const generator = findLoadGenerator();
let isLoaded = false;
let dataset: Promise<Dataset> | undefined;
const surroundings: Surroundings = {
  client,
  cores,
  generator: {
    name: generator.name,
    run(load) {
      isLoaded = true;
      return generator.run(load);
    },
  },
  progress,
  quick: options.quick,
  before: options.before === undefined ? undefined : resolve(options.before),
  dataset() {
    dataset ??= createDataset(client);
    return dataset;
  },
};

const failed: string[] = [];
let results = readResults(resultsName);
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  progress.now(name);
  isLoaded = false;
  try {
    const section = await scenario(surroundings);
    const machine = describeMachine(isLoaded ? generator.name : undefined, cores !== undefined);
    results = { ...results, [name]: { at: new Date().toISOString(), machine, section } };
    // Write after each scenario, so that a stopped run keeps its results.
    writeResults(resultsName, results);
    progress.done();
    process.stdout.write(`${printSection(section)}\n\n`);
  } catch (error) {
    // The other scenarios can still succeed.
    failed.push(name);
    progress.done();
    process.stderr.write(`${name} failed: ${(error as Error).stack}\n\n`);
  }
}
if (options['write-docs']) writeDocs(results, names);
// If the dataset could not be made, its scenarios have reported that.
await dataset?.then(
  (made) => made.close(),
  () => {},
);
client.close();
if (failed.length > 0) process.stderr.write(`Failed: ${failed.join(', ')}\n`);
process.exit(failed.length > 0 ? 1 : 0);

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        before: { type: 'string' },
        'write-docs': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return fail((error as Error).message);
  }
}

function fail(message: string): never {
  process.stderr.write(`${message}\n\n${HELP}`);
  process.exit(1);
}
