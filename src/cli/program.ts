import { Command, InvalidArgumentError } from 'commander';
import { kindOfKey, kindOfName, tagFault } from '../repository/keys.ts';
import { VERSION } from '../version.ts';
import type { PageCost } from './bench-upstream.ts';
import type { EffectiveSetting } from './check-config.ts';
import type { Output } from './output.ts';
import type { Progress } from './progress.ts';
import { summaryOf } from './stats-summary.ts';
import { CommandFailed, type Target } from './target.ts';

/** The dependencies of the commands. */
export interface CliContext {
  /** The gateway at the URL, or the configured Redis. @throws CommandFailed, InvalidConfig. */
  readonly connect: (gatewayUrl: string | undefined) => Promise<Target>;
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
Keys are such as sellers_all, seller_42, catalogs_seller_42 and catalog_1234, with all that they begin with in Redis or without.`;
const TAGS_HELP = `
Tags:
  sellers              the list of sellers
  seller:42            one seller, the lists that show it, and its catalogs
  catalogs             the catalogs of all sellers
  catalogs:seller:42   the catalogs of one seller
  catalog:1234         one catalog, and the lists of all sellers, whichever show it`;

/** The command line. Parsing throws CommanderError for unknown input; a failed command rejects with its error. */
export function createProgram(context: CliContext): Command {
  const program = new Command('catalog-gateway')
    .version(VERSION)
    .usage('[--gateway URL] [--json] <command>')
    .description('Looks after the cache of catalog-gateway: in a running gateway, or straight in its Redis.')
    .option(
      '--gateway <url>',
      'a running gateway, such as http://localhost:4000; else Redis, as configured',
      gatewayUrl,
    )
    .option('--json', 'write JSON, as is done wherever the output is no terminal')
    .addHelpText(
      'after',
      `
A gateway wants its ADMIN_TOKEN, and Redis its REDIS_URL or the like: from the environment or .env.
Exit codes: 0 done, 1 it did not work, 2 not understood and nothing done, 78 the configuration is wrong.`,
    )
    .exitOverride()
    .showHelpAfterError();
  const output = () => context.output(program.opts<Globals>().json === true);

  program
    .command('check-config')
    .description('check the configuration, and show what takes effect')
    .action(() =>
      output().rows(
        context.settings().map((each) => ({ ...each })),
        '',
      ),
    );
  program
    .command('warm')
    .description(
      "load the sellers and everybody's catalogs; what is fresh is left alone, so it can be run again",
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
        throw new CommandFailed('Not everything is warm. What is stays so: run it again, and it goes on.');
    });
  program
    .command('stats')
    .description('what a gateway has counted, or what Redis holds; all figures with --json')
    .action(async () => {
      const stats = await onTarget((target) => target.stats());
      output().facts(stats, summaryOf(stats));
    });
  program
    .command('inspect')
    .argument('<key>', 'the key of an entry', knownKey)
    .description('what is held under a key, and for how long, without the value')
    .addHelpText('after', KEYS_HELP)
    .action(async (key: string) => output().facts(await onTarget((target) => target.inspect(key))));
  program
    .command('invalidate')
    .argument('<tag...>', 'what to invalidate', knownTag)
    .description('make every entry of the tags a miss')
    .addHelpText('after', TAGS_HELP)
    .action(async (tags: readonly string[]) =>
      output().facts(await onTarget((target) => target.invalidate(tags))),
    );
  program
    .command('keys')
    .argument('[pattern]', 'a glob on what follows the namespace, such as "*catalogs_seller_4*"', '*')
    .option('--all', 'list the keys of other sources, time zones and releases too', false)
    .description('list keys of the cache, by SCAN')
    .action(async (pattern: string, { all }: { all: boolean }) => {
      const keyPrefix = context.keyPrefix();
      const rows = await onTarget(async (target) => {
        const found: { key: string; kind: string }[] = [];
        for await (const page of target.keys(pattern, all))
          for (const key of page) found.push({ key, kind: kindOfKey(key, keyPrefix) });
        return found;
      });
      output().rows(rows, 'No key is like that.');
    });
  program
    .command('bench-upstream')
    .option('--rounds <n>', 'how often to ask for each page', positive, 5)
    .description('what a page costs at the source, past every cache')
    .action(async ({ rounds }: { rounds: number }) => {
      const progress = context.progress('asking the upstream', 'pages');
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
    const target = await context.connect(program.opts<Globals>().gateway);
    try {
      return await work(target);
    } finally {
      await target.close();
    }
  }

  function knownKey(key: string): string {
    const isKnown = kindOfName(key) !== undefined || kindOfKey(key, context.keyPrefix()) !== 'other';
    if (isKnown) return key;
    throw new InvalidArgumentError('It is no key of this cache.');
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
