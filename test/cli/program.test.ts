import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { createOutput } from '../../src/cli/output.ts';
import { createProgram } from '../../src/cli/program.ts';
import { createProgress } from '../../src/cli/progress.ts';
import { CommandFailed, type GatewayTarget } from '../../src/cli/target.ts';

const COMMANDS = [
  ...['check-config', 'warm', 'stats', 'inspect', 'invalidate', 'keys', 'sessions', 'bench-upstream'],
];
const AT_GATEWAY = ['--gateway', 'http://localhost:4000'];
const HASH = '-'.padEnd(43, 'h');

/** Runs the command line over a target that records its calls. */
async function run(...args: string[]) {
  const asked: unknown[] = [];
  const written: string[] = [];
  const said: string[] = [];
  let prefixReads = 0;
  const target: GatewayTarget = {
    stats: async () => ({ requests: { hit: 3, miss: 1 } }),
    inspect: async (key) => {
      asked.push(['inspect', key]);
      return { key: `cat_v1.00000000:{${key}}`, memory: null, redis: null, redisAnswered: true };
    },
    invalidate: async (tags) => {
      asked.push(['invalidate', tags]);
      return {
        tags: tags.map((tag) => ({ tag, known: true })),
        at: '2026-06-15T12:00:00.000Z',
        acknowledgedBy: 'redis',
      };
    },
    async *keys(pattern) {
      asked.push(['keys', pattern]);
      yield ['cat_v1.00000000:{sellers_all}'];
      yield ['cat_v1.00000000:generation:{sellers}', 'cat_v1.00000000:{seller_1}:lease'];
    },
    warm: async (onProgress) => {
      onProgress({ sellers: 4, total: 4, loaded: 3, failed: 0 });
      return { sellers: 4, total: 4, loaded: 3, failed: 0, complete: true };
    },
    sessions: async (user) => {
      asked.push(['sessions', user]);
      const instants = { signedInAt: '2026-06-15T12:00:00.000Z', expiresAt: '2026-06-22T12:00:00.000Z' };
      const place = { userAgent: 'Firefox '.repeat(20), network: '192.0.2.0/24' };
      return user === 'nobody'
        ? []
        : [{ session: HASH, userId: 'anna', userName: 'Anna', ...instants, ...place }];
    },
    revoke: async (of) => {
      asked.push(['revoke', of]);
      return 'user' in of && of.user === 'kept'
        ? { outcome: 'kept', sessions: null }
        : { outcome: 'done', sessions: 1 };
    },
    close: async () => void asked.push('closed'),
  };
  const sink = { write: (text: string) => said.push(text) };
  const program = createProgram({
    connectRedis: async () => {
      asked.push(['connect', undefined]);
      return target;
    },
    connectGateway: async (url) => {
      asked.push(['connect', url]);
      return target;
    },
    settings: () => [{ variable: 'PORT', value: '4000', from: 'default' }],
    benchUpstream: async () => [],
    keyPrefix: () => {
      prefixReads += 1;
      return 'cat_v1.';
    },
    output: (json) => createOutput(json, { write: (text) => written.push(text) }),
    progress: (name, unit) => createProgress(name, unit, sink),
  });
  const subcommands = program.commands.flatMap((command) => [command, ...command.commands]);
  for (const command of [program, ...subcommands])
    command.configureOutput({ writeErr: sink.write, writeOut: sink.write });
  const failure = await program.parseAsync(args, { from: 'user' }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { asked, failure, output: written.join(''), said: said.join(''), prefixReads };
}

describe('an invalid command line', () => {
  it.each([
    [['frobnicate']],
    [['inspect']],
    [['inspect', 'no_such_key']],
    [['inspect', 'cat_v1.00000000:{no_such_key}']],
    [['invalidate']],
    [['invalidate', 'sellers', 'no-such-tag']],
    [['keys', '--no-such-option']],
    [['bench-upstream', '--rounds', '0']],
    [['--gateway', 'localhost:4000', 'stats']],
    [['sessions', 'list']],
    [['sessions', 'revoke', '--user', 'anna']],
    [[...AT_GATEWAY, 'sessions']],
    [[...AT_GATEWAY, 'sessions', 'list', '--user', '']],
    [[...AT_GATEWAY, 'sessions', 'revoke']],
    [[...AT_GATEWAY, 'sessions', 'revoke', 'anna']],
    [[...AT_GATEWAY, 'sessions', 'revoke', '--session', 'anna']],
    [[...AT_GATEWAY, 'sessions', 'revoke', '--user', 'anna', '--session', HASH]],
    [['--gateway', 'http://somebody:secret@localhost:4000', 'stats']],
  ])('%j prints the usage and does nothing', async (args) => {
    const { failure, asked, said } = await run(...args);
    expect(failure).toBeInstanceOf(CommanderError);
    expect((failure as CommanderError).exitCode).not.toBe(0);
    expect(said).toContain('Usage: catalog-gateway');
    expect(asked).toEqual([]);
  });

  it.each(COMMANDS)('is not `%s --help`, which calls no target', async (command) => {
    const { failure, asked, said } = await run(command, '--help');
    expect((failure as CommanderError).exitCode).toBe(0);
    expect(said).toContain(`Usage: catalog-gateway ${command}`);
    expect(asked).toEqual([]);
    expect((await run('--help')).said).toMatch(new RegExp(`^ +${command}\\b`, 'm'));
  });

  it('is not a request for help', async () => {
    const { failure, said } = await run('invalidate', '--help');
    expect((failure as CommanderError).exitCode).toBe(0);
    expect(said).toContain('catalogs:seller:42');
  });
});

describe('a command', () => {
  it('works on Redis or on the named gateway, and closes the connection', async () => {
    expect((await run('stats')).asked).toEqual([['connect', undefined], 'closed']);
    const { asked } = await run('--gateway', 'http://localhost:4000/', 'inspect', 'catalogs_seller_42');
    expect(asked).toEqual([
      ['connect', 'http://localhost:4000'],
      ['inspect', 'catalogs_seller_42'],
      'closed',
    ]);
  });

  it('writes a table for people', async () => {
    const { output } = await run('stats');
    expect(output).toMatch(/requests hit\s+│ 3/);
  });

  it('writes JSON for programs', async () => {
    const { output } = await run('--json', 'invalidate', 'seller:42', 'sellers');
    expect(JSON.parse(output)).toEqual({
      tags: [
        { tag: 'seller:42', known: true },
        { tag: 'sellers', known: true },
      ],
      at: '2026-06-15T12:00:00.000Z',
      acknowledgedBy: 'redis',
    });
  });

  it('accepts a key as Redis has it, too', async () => {
    const { asked } = await run('inspect', 'cat_v1.00000000:{seller_42}');
    expect(asked).toContainEqual(['inspect', 'cat_v1.00000000:{seller_42}']);
  });

  it('shows the kind of each key', async () => {
    const { output } = await run('--json', 'keys');
    expect(JSON.parse(output).map(({ kind }: { kind: string }) => kind)).toEqual([
      'sellers',
      'generation of a tag',
      'lease',
    ]);
  });

  it('looks up the key prefixes once for any number of keys', async () => {
    const { prefixReads } = await run('keys');
    expect(prefixReads).toBe(1);
  });

  it('lists sessions in a table that cuts long texts, or as JSON that does not', async () => {
    const table = await run(...AT_GATEWAY, 'sessions', 'list', '--user', 'anna');
    expect(table.asked).toEqual([['connect', 'http://localhost:4000'], ['sessions', 'anna'], 'closed']);
    expect(table.output).toMatch(/session +│ user +│ signed in at +│ expires at +│ network +│ user agent/);
    expect(table.output).toMatch(/│ Anna │ 2026-06-15T12:00:00.000Z │ .* │ (Firefox ){5}…/);
    const { output } = await run(...AT_GATEWAY, 'sessions', 'list', '--json');
    expect(JSON.parse(output)).toMatchObject([{ session: HASH, userAgent: 'Firefox '.repeat(20) }]);
    expect((await run(...AT_GATEWAY, 'sessions', 'list', '--user', 'nobody')).output).toBe('No sessions.\n');
  });

  it('revokes the sessions of a user, or one session, and fails if the gateway could only keep it', async () => {
    const { asked, output } = await run(...AT_GATEWAY, '--json', 'sessions', 'revoke', '--session', HASH);
    expect(asked).toContainEqual(['revoke', { session: HASH }]);
    expect(JSON.parse(output)).toEqual({ outcome: 'done', sessions: 1 });
    expect((await run(...AT_GATEWAY, 'sessions', 'revoke', '--user', 'anna')).failure).toBeUndefined();
    const kept = await run(...AT_GATEWAY, '--json', 'sessions', 'revoke', '--user', 'kept');
    expect(JSON.parse(kept.output)).toEqual({ outcome: 'kept', sessions: null });
    expect(kept.failure).toBeInstanceOf(CommandFailed);
    expect((kept.failure as Error).message).toContain('Redis did not take the revocation.');
  });

  it('reports its progress separately from its output', async () => {
    const { output, said } = await run('--json', 'warm');
    expect(said).toContain('warming: 4 of 4 sellers');
    expect(JSON.parse(output)).toMatchObject({ loaded: 3, complete: true });
  });
});

describe('a table', () => {
  it('without rows says so', () => {
    const written: string[] = [];
    createOutput(false, { write: (text) => written.push(text) }).rows([], 'No matching keys.');
    expect(written).toEqual(['No matching keys.\n']);
  });

  it('names nested fields by their path', () => {
    const written: string[] = [];
    createOutput(false, { write: (text) => written.push(text) }).facts({
      memory: { freshForMs: 1500, tags: [{ tag: 'sellers', current: true }] },
      redis: null,
    });
    expect(written.join('')).toMatch(/memory fresh for ms\s+│ 1500/);
    expect(written.join('')).toMatch(/memory tags 0 current\s+│ true/);
    expect(written.join('')).toMatch(/redis\s+│ –/);
  });
});

describe('progress without a terminal', () => {
  it('is one line for each tenth', () => {
    const lines: string[] = [];
    const progress = createProgress('warming', 'sellers', { write: (text) => lines.push(text) });
    for (let done = 0; done <= 1000; done += 1) progress.update(done, 1000);
    progress.end();
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe('warming: 1000 of 1000 sellers\n');
  });
});
