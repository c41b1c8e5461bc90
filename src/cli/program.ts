import { Command, InvalidArgumentError } from 'commander';
import { kindOfKey, kindOfName, tagFault } from '../repository/keys.ts';
import { VERSION } from '../version.ts';
import type { PageCost } from './bench-upstream.ts';
import type { EffectiveSetting } from './check-config.ts';
import type { Output } from './output.ts';
import type { Progress } from './progress.ts';
import { addSessionsCommand } from './sessions-command.ts';
import { summaryOf } from './stats-summary.ts';
import { CommandFailed, type GatewayTarget, type Target } from './target.ts';

/** The dependencies of the commands. */
export interface CliContext {
  /** The configured Redis. @throws CommandFailed, InvalidConfig. */
  readonly connectRedis: () => Promise<Target>;
  /** The gateway at the URL. @throws CommandFailed, InvalidConfig. */
  readonly connectGateway: (url: string) => Promise<GatewayTarget>;
  /** @throws InvalidConfig */
  readonly settings: () => readonly EffectiveSetting[];
  readonly benchUpstream: (
    rounds: number,
    onRound: (done: number, total: number) => void,
  ) => Promise<readonly PageCost[]>;
  /** The prefix that the keys of all namespaces share. */
  readonly keyPrefix: () => string;
  readonly output: (json: boolean) => Output;
  readonly progress: (name: string, unit: string) => Progress;
}

interface Globals {
  readonly gateway?: string;
  readonly json?: boolean;
}

const KEYS_HELP = `
Keys are, for example, sellers_all, seller_42, catalogs_seller_42 and catalog_1234, with or without their prefix in Redis.`;
const TAGS_HELP = `
Tags:
  sellers              the list of sellers
  seller:42            one seller, the lists that show it, and its catalogs
  catalogs             the catalogs of all sellers
  catalogs:seller:42   the catalogs of one seller
  catalog:1234         one catalog, and the catalog lists of all sellers`;

/** The command line. Parsing throws CommanderError for unknown input; a failed command rejects with its error. */
export function createProgram(context: CliContext): Command {
  const program = new Command('catalog-gateway')
    .version(VERSION)
    .usage('[--gateway URL] [--json] <command>')
    .description(
      'Inspects and maintains the cache of catalog-gateway, through a running gateway or directly in its Redis.',
    )
    .option(
      '--gateway <url>',
      'URL of a running gateway, such as http://localhost:4000; without it, the configured Redis is used',
      gatewayUrl,
    )
    .option('--json', 'write JSON; always on if the output is not a terminal')
    .addHelpText(
      'after',
      `
--gateway requires ADMIN_TOKEN; Redis requires REDIS_URL or the other REDIS_ variables. Both are read from the environment or .env.
Exit codes: 0 success, 1 failure, 2 invalid usage and nothing was done, 78 invalid configuration.`,
    )
    .exitOverride()
    .showHelpAfterError();
  const output = () => context.output(program.opts<Globals>().json === true);

  program
    .command('check-config')
    .description('check the configuration and show the effective settings')
    .action(() =>
      output().rows(
        context.settings().map((each) => ({ ...each })),
        '',
      ),
    );
  program
    .command('warm')
    .description(
      'load all sellers and their catalogs; fresh entries are not loaded again, so the command can be repeated',
    )
    .action(async () => {
      const result = await onTarget((target) => {
        const progress = context.progress('warming', 'sellers');
        return target
          .warm(({ sellers, total }) => progress.update(sellers, total))
          .finally(() => progress.end());
      });
      output().facts(result);
      if (!result.complete)
        throw new CommandFailed(
          'The warm-up is incomplete. Run the command again to load the remaining lists.',
        );
    });
  program
    .command('stats')
    .description('show the figures of a gateway, or the contents of Redis; --json shows all figures')
    .action(async () => {
      const stats = await onTarget((target) => target.stats());
      output().facts(stats, summaryOf(stats));
    });
  program
    .command('inspect')
    .argument('<key>', 'the key of an entry', knownKey)
    .description('show the state, age and tags of an entry, without its value')
    .addHelpText('after', KEYS_HELP)
    .action(async (key: string) => output().facts(await onTarget((target) => target.inspect(key))));
  program
    .command('invalidate')
    .argument('<tag...>', 'the tags to invalidate', knownTag)
    .description('invalidate every entry with one of the tags')
    .addHelpText('after', TAGS_HELP)
    .action(async (tags: readonly string[]) =>
      output().facts(await onTarget((target) => target.invalidate(tags))),
    );
  program
    .command('keys')
    .argument('[pattern]', 'a glob for the part after the namespace, such as "*catalogs_seller_4*"', '*')
    .option('--all', 'include the keys of other sources, time zones and releases', false)
    .description('list the keys of the cache, with SCAN')
    .action(async (pattern: string, { all }: { all: boolean }) => {
      const keyPrefix = context.keyPrefix();
      const rows = await onTarget(async (target) => {
        const found: { key: string; kind: string }[] = [];
        for await (const page of target.keys(pattern, all))
          for (const key of page) found.push({ key, kind: kindOfKey(key, keyPrefix) });
        return found;
      });
      output().rows(rows, 'No matching keys.');
    });
  addSessionsCommand(program, {
    output,
    async onGateway(work) {
      const { gateway } = program.opts<Globals>();
      if (gateway === undefined) program.error("error: option '--gateway <url>' is required for sessions");
      return closing(await context.connectGateway(gateway as string), work);
    },
  });
  program
    .command('bench-upstream')
    .option('--rounds <n>', 'how many times to load each page', positive, 5)
    .description('measure what a page costs at the upstream, without any cache')
    .action(async ({ rounds }: { rounds: number }) => {
      const progress = context.progress('loading from the upstream', 'pages');
      const costs = await context
        .benchUpstream(rounds, (done, total) => progress.update(done, total))
        .finally(() => progress.end());
      output().rows(
        costs.map((each) => ({ ...each })),
        '',
      );
    });
  return program;

  async function onTarget<T>(work: (target: Target) => Promise<T>): Promise<T> {
    const { gateway } = program.opts<Globals>();
    return closing(
      await (gateway === undefined ? context.connectRedis() : context.connectGateway(gateway)),
      work,
    );
  }

  function knownKey(key: string): string {
    const isKnown = kindOfName(key) !== undefined || kindOfKey(key, context.keyPrefix()) !== 'other';
    if (isKnown) return key;
    throw new InvalidArgumentError('It is not a key of this cache.');
  }
}

async function closing<C extends Target, T>(target: C, work: (target: C) => Promise<T>): Promise<T> {
  try {
    return await work(target);
  } finally {
    await target.close();
  }
}

function knownTag(tag: string, before: readonly string[] | undefined): readonly string[] {
  const fault = tagFault(tag);
  if (fault !== undefined) throw new InvalidArgumentError(fault);
  return [...(before ?? []), tag];
}

function gatewayUrl(text: string): string {
  const url = URL.parse(text);
  const isPlain = url && `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (isPlain && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, '');
  throw new InvalidArgumentError(
    'It must be a URL such as http://localhost:4000, without user, query or fragment.',
  );
}

function positive(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 to 9999.');
}
