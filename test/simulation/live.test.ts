import { describe, expect, it } from 'vitest';
import { createLivePlan } from './live/plan.ts';
import { loadProgram, PROGRAM, type Program } from './live/program.ts';
import { runLivePlan } from './live/world.ts';
import { type Mutation, withMutant } from './mutant.ts';
import { runSeedsInTurn } from './seeds-in-turn.ts';

const SEEDS = 80;

const HUB = 'http/live/hub.ts';
const QUESTION = 'http/live/question.ts';
const INVALIDATOR = 'cache/engine/invalidator.ts';

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'wakes questions before the generation of its own invalidation is known': {
    file: INVALIDATOR,
    from: `      for (const [tag, token] of tokens) generations.adopt(tag, token, time);
      detach(new Set(tags));
      backplane?.publish({ type: 'invalidated', tags });
      notify(tags);`,
    to: `      notify(tags);
      for (const [tag, token] of tokens) generations.adopt(tag, token, time);
      detach(new Set(tags));
      backplane?.publish({ type: 'invalidated', tags });`,
  },
  'wakes questions before it knows what it has heard': {
    file: INVALIDATOR,
    from: `      for (const tag of tags) generations.markInvalidated(tag);
      detach(new Set(tags));
      report({ type: 'invalidation-heard', tags: tags.length });
      notify(tags);`,
    to: `      notify(tags);
      for (const tag of tags) generations.markInvalidated(tag);
      detach(new Set(tags));
      report({ type: 'invalidation-heard', tags: tags.length });`,
  },
  'does not read the generations of live questions again': {
    file: HUB,
    from: 'await watch.verify([...tags]).catch(() => {});',
    to: '',
    caughtBy: 6,
  },
  'forgets the tags of a question after an error': {
    file: QUESTION,
    from: 'next.codes.length > 0 ? [...tags, ...next.watched.tags]',
    to: 'next.codes.length > 0 ? next.watched.tags',
    caughtBy: 21,
  },
  'forgets a change that it hears of during a renewal': {
    file: QUESTION,
    from: `durationMs: clock.monotonic() - beganAt },
    });
    checkAgain();`,
    to: `durationMs: clock.monotonic() - beganAt },
    });`,
    caughtBy: 3,
  },
  'renews a question each time it looks at it': {
    file: QUESTION,
    from: "if (state === 'invalid' || (hasErrors && wokenAt !== null)) return 'invalidation';",
    to: "return 'invalidation';",
  },
  'renews without a pause what is stale or has failed': {
    file: QUESTION,
    from: 'if (clock.monotonic() < pausedUntil) return null;',
    to: '',
  },
  'shows the response of one viewer to another': {
    file: 'http/graphql/live-requests.ts',
    from: '...{ key, operation: query.operation },',
    to: '...{ key: query.operation ?? key, operation: query.operation },',
    caughtBy: 5,
  },
  'stores the response of one viewer for another': {
    file: 'repository/keys.ts',
    from: 'personalKey(responseKey: string, principalKey: string): string {',
    to: "personalKey(responseKey: string, principalKey: string): string {\n  principalKey = '';",
    caughtBy: 5,
  },
  'writes to a stream that was ended': {
    file: 'http/live/subscriber.ts',
    from: 'this.#isEnded || this.#latest === bytes',
    to: 'this.#latest === bytes',
    caughtBy: 12,
  },
  'holds two frames that wait': {
    file: 'http/live/subscriber.ts',
    from: `    const older = this.#waiting;
    this.#waiting = frame;`,
    to: `    const older = this.#waiting;
    if (older) {
      this.#waiting = { bytes: older.bytes, sent: () => { this.#latest = null; this.deliver(bytes, sent); } };
      return 'waiting';
    }
    this.#waiting = frame;`,
  },
  'drops the newer of two frames that wait': {
    file: 'http/live/subscriber.ts',
    from: '    this.#waiting = frame;\n',
    to: '    this.#waiting ??= frame;\n',
  },
  'does not verify sessions': {
    file: HUB,
    from: "void sessions.verify((subscriber) => end(subscriber, 'session'));",
    to: '',
    caughtBy: 12,
  },
  'shows the response of a day that is over while it is fresh': {
    file: 'cache/engine/watch.ts',
    from: ' || clock.now() >= until',
    to: '',
    caughtBy: 3,
  },
  'waits for a second after midnight': {
    file: 'cache/engine/watch.ts',
    from: "if (verdict === 'invalid' || clock.now() >= until) return 'invalid';",
    to: "if (verdict === 'invalid') return 'invalid'; if (clock.now() >= until) return 'stale';",
    caughtBy: 3,
  },
};

describe('live questions at several processes', () => {
  it(`keep their promises in ${SEEDS} histories`, { timeout: 120_000 }, async () => {
    const { seeds, broken, counts } = await runSeeds(PROGRAM);
    if (broken !== null) {
      const { history } = await runLivePlan(createLivePlan(seeds), PROGRAM, true);
      process.stdout.write(`${history.lines.join('\n')}\n`);
    }
    process.stdout.write(`live: ${seeds} seeds, ${JSON.stringify(Object.fromEntries(counts))}\n`);
    expect(broken).toBeNull();
    // Without these events, the histories would prove nothing.
    for (const what of ['changed', 'unchanged', 'waiting', 'replaced', 'acknowledged', 'not acknowledged'])
      expect(counts.get(what), what).toBeGreaterThan(SEEDS / 10);
  });

  it.for(Object.entries(MUTATIONS))(
    'break a promise if the program %s',
    { timeout: 120_000 },
    async ([name, mutation]) => {
      const { broken } = await withMutant(
        mutation,
        async (folder) => runSeeds(await loadProgram(folder), mutation.caughtBy),
        '',
      );
      process.stdout.write(`${name}: ${broken}\n`);
      expect(broken).not.toBeNull();
    },
  );
});

function runSeeds(program: Program, first?: number) {
  return runSeedsInTurn(
    SEEDS,
    async (seed) => {
      const { history, facts } = await runLivePlan(createLivePlan(seed), program);
      return { broken: history.broken, counts: facts.counts };
    },
    first,
  );
}
