import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namespacesOf } from '../../src/config/namespaces.ts';
import { type Mutation, withMutant } from './mutant.ts';
import { runSeedsInTurn } from './seeds-in-turn.ts';
import { createSourcesPlan } from './sources/plan.ts';
import { runSourcesPlan } from './sources/world.ts';

const SEEDS = 1000;
const FILE = 'config/namespaces.ts';

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'separates the generations of each form': {
    file: FILE,
    from: "digestOf(['source', identity])",
    to: "digestOf(['source', identity, timeZone])",
  },
  'puts entries under the prefix of the generations of their source': {
    file: FILE,
    from: "digestOf(['entries', identity, zoneOf(timeZone), ROW_SHAPE, ENTRY_FORMAT])",
    to: "digestOf(['source', identity])",
  },
  'keeps entries of all time zones in one place': { file: FILE, from: ' zoneOf(timeZone), ROW', to: ' ROW' },
  'keeps entries of all sources in one place': { file: FILE, from: "'entries', identity,", to: "'entries'," },
  'keeps entries of all accounts in one place': { file: FILE, from: '.href, username,', to: '.href,' },
  'keeps the generations of all sources in one place': {
    file: FILE,
    from: "digestOf(['source', identity])",
    to: "digestOf(['source'])",
  },
};

describe('processes with different sources and time zones on one Redis', () => {
  it(`share nothing but the invalidations of a source, in ${SEEDS} histories`, {
    timeout: 120_000,
  }, async () => {
    const { seeds, broken, counts: events } = await runSeeds(namespacesOf);
    if (broken !== null) {
      const { lines } = await runSourcesPlan(createSourcesPlan(seeds), namespacesOf, true);
      process.stdout.write(`${lines.join('\n')}\n`);
    }
    expect(broken).toBeNull();
    expect(seeds).toBe(SEEDS);
    // Without these events, the histories would prove nothing.
    for (const type of [
      'read',
      'answer',
      'hit-redis',
      'hit-memory',
      'answer hit-redis',
      'invalidated',
      'fill',
    ])
      expect(events.get(type), type).toBeGreaterThan(SEEDS / 10);
  });

  it.for(Object.entries(MUTATIONS))(
    'break a promise if the program %s',
    { timeout: 120_000 },
    async ([name, mutation]) => {
      const { seeds, broken } = await withMutant(
        mutation,
        async (folder) => {
          const mutant = await import(join(folder, FILE));
          return runSeeds(mutant.namespacesOf);
        },
        '',
      );
      process.stdout.write(`${name}: seed ${seeds}, ${broken}\n`);
      expect(broken).not.toBeNull();
    },
  );
});

function runSeeds(namespaces: typeof namespacesOf) {
  return runSeedsInTurn(SEEDS, async (seed) => {
    const { broken, events } = await runSourcesPlan(createSourcesPlan(seed), namespaces);
    return { broken, counts: events };
  });
}
