import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Mutation, withMutant } from './mutant.ts';
import { loadProgram, type Program, runHistory } from './pieces/world.ts';
import { createRandom } from './random.ts';

const SEEDS = 12;
const STEPS = 120;

const PLAN = 'http/graphql/execution/plan';

/** Takes the value that had the name before in place of the value itself. */
const byName = (name: string) => `return (given) => {
        const name = ${name};
        const named = (createPieces.named ??= new Map());
        const value = (name && named.get(name)) || given;
        if (name) named.set(name, value);`;

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'uses a piece of an entry that was invalidated': {
    file: `${PLAN}/pieces.ts`,
    from: 'return (value) => {',
    to: byName("'id' in given && [place, given.id].join()"),
  },
  'uses a piece of one place at another': {
    file: `${PLAN}/pieces.ts`,
    from: 'if (each.place === place) return',
    to: 'return',
  },
  'uses a piece of one viewer for another': {
    file: `${PLAN}/pieces.ts`,
    from: 'return (value) => {',
    to: byName("'expiresAt' in given && place"),
  },
  'uses a page of another size': {
    file: 'repository/pages.ts',
    from: 'request.page * (MAX_PAGE_SIZE + 1) + request.pageSize',
    to: 'request.page',
  },
  'uses what was future on another day': {
    file: 'repository/future-catalogs.ts',
    from: 'if (known?.on === startsAt.getTime())',
    to: 'if (known)',
  },
  'uses the plan of another condition': {
    file: `${PLAN}/plan-cache.ts`,
    from: 'conditions.map((name) => variables.coerced[name])',
    to: 'conditions.length',
  },
  'uses an order of another direction': {
    file: 'repository/arrangements.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the code of a template.
    from: '`${orderBy.field} ${orderBy.direction}`',
    to: 'orderBy.field',
  },
  'uses the variables of another request': {
    file: 'http/graphql/execution/planned.ts',
    from: 'known.set(parameters, ready);',
    to: 'known.get = () => ready;',
  },
  'answers from an entry that was invalidated': {
    file: 'cache/engine/trial.ts',
    from: 'known.epoch === generations.epoch && ',
    to: '',
  },
};

describe('responses at once, from pieces of bytes', () => {
  it(`are those of the source in ${SEEDS} histories`, async () => {
    const original = await loadOriginal();
    const { broken, counts } = await runSeeds(original, original);
    process.stdout.write(`pieces: ${SEEDS} seeds, ${JSON.stringify(counts)}\n`);
    expect(broken).toBeNull();
    expect(counts.atOnce).toBeGreaterThan((SEEDS * STEPS) / 3);
    expect(counts.waited).toBeGreaterThan(SEEDS);
  });

  it.for(Object.entries(MUTATIONS))('are not if the program %s', async ([name, mutation]) => {
    const original = await loadOriginal();
    const { broken } = await withMutant(
      mutation,
      async (folder) => runSeeds(await loadProgram(folder), original),
      '',
    );
    process.stdout.write(`${name}: ${broken?.slice(0, 60)}\n`);
    expect(broken).not.toBeNull();
  });
});

function loadOriginal(): Promise<Program> {
  return loadProgram(fileURLToPath(new URL('../../src', import.meta.url)));
}

/** Runs seeds one after another until one has a wrong response. */
async function runSeeds(program: Program, original: Program) {
  const counts = { atOnce: 0, waited: 0 };
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const outcome = await runHistory(program, original, createRandom(seed), STEPS);
    counts.atOnce += outcome.counts.atOnce;
    counts.waited += outcome.counts.waited;
    if (outcome.broken) return { broken: `seed ${seed}, ${outcome.broken}`, counts };
  }
  return { broken: null, counts };
}
