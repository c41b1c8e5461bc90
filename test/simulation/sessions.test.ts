import { describe, expect, it } from 'vitest';
import { type Mutation, withMutant } from './mutant.ts';
import { runSeedsInTurn } from './seeds-in-turn.ts';
import { loadProgram, PROGRAM, type Program } from './sessions/program.ts';
import { runSessions } from './sessions/world.ts';

const SEEDS = 1000;

const SESSIONS = 'auth/sessions.ts';
const REVOCATIONS = 'auth/revocations.ts';
const DOCUMENTS = 'http/graphql/known-documents.ts';

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'skips the check of sign-outs': {
    file: REVOCATIONS,
    from: 'return ended.has(hash) || pending.has(hash) ||',
    to: 'return',
  },
  'trusts a session for ever': {
    file: SESSIONS,
    from: 'clock.monotonic() < session.trustedUntil',
    to: 'clock.monotonic() < Number.POSITIVE_INFINITY',
  },
  'lets the grace renew itself': {
    file: SESSIONS,
    from: 'const held = known.get(sessionHash) ?? remember(proof, verifiedAt);',
    to: 'const held = remember({ ...proof, verifiedAt: clock.now() }, Math.max(verifiedAt, now));',
  },
  'lets in a session that is absent from a store that was not emptied': {
    file: SESSIONS,
    from: 'proof === null || proof.epoch === epoch',
    to: 'proof === null',
  },
  'takes an absence for an end although the store was emptied': {
    file: SESSIONS,
    from: 'proof === null || proof.epoch === epoch',
    to: 'epoch !== null',
  },
  'turns away whoever it knows while Redis is away': {
    file: SESSIONS,
    from: 'const isRecent = held && clock.monotonic() - held.verifiedAtMonotonic < graceMs;',
    to: 'const isRecent = held && graceMs < 0;',
  },
  'never carries out a kept sign-out': {
    file: REVOCATIONS,
    from: "report({ type: 'sign-out-kept', pending: pending.size });\n    retryLater();",
    to: "report({ type: 'sign-out-kept', pending: pending.size });",
  },
  'stores the response of a viewer for all principals of its kind': {
    file: 'http/auth/identity.ts',
    from: 'JSON.stringify([kind, id, name, signedInAt, expiresAt])',
    to: 'JSON.stringify([kind])',
  },
  'overlooks a viewer in a fragment': {
    file: DOCUMENTS,
    from: 'if (fragment.name.value === value) search(fragment);',
    to: 'void fragment;',
  },
  'stores catalog data for each principal': {
    file: DOCUMENTS,
    from: 'isPersonal: showsViewer(definition, fragments)',
    to: 'isPersonal: true',
  },
};

describe('sessions at several processes', () => {
  it(`keep their promises in ${SEEDS} histories`, { timeout: 300_000 }, async () => {
    const { seeds, broken, counts } = await runSeeds(PROGRAM);
    if (broken !== null) {
      const { lines } = await runSessions(seeds, PROGRAM);
      process.stdout.write(`${lines.join('\n')}\n`);
    }
    process.stdout.write(`sessions: ${seeds} seeds, ${JSON.stringify(Object.fromEntries(counts))}\n`);
    expect(broken).toBeNull();
    // Without these events, the histories would prove nothing.
    for (const what of [
      ...[
        'signed in',
        'let in',
        'nobody',
        'unavailable',
        'sign-out done',
        'sign-out kept',
        'emptied',
        'away',
      ],
      ...['session-verified live', 'session-verified grace', 'session-verified absent'],
      'sign-outs-carried-out',
    ])
      expect(counts.get(what), what).toBeGreaterThan(SEEDS / 50);
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
  return runSeedsInTurn(SEEDS, (seed) => runSessions(seed, program), first);
}
