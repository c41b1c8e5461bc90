import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Output } from './output.ts';
import { CommandFailed, type GatewayTarget, type ListedSession } from './target.ts';

const REFERENCE = /^[\w-]{43}$/;
const MAX_AGENT_CHARACTERS = 40;

interface SessionsContext {
  readonly output: () => Output;
  /** @throws CommanderError without --gateway. */
  readonly onGateway: <T>(work: (target: GatewayTarget) => Promise<T>) => Promise<T>;
}

/** `sessions list` and `sessions revoke`. */
export function addSessionsCommand(program: Command, { output, onGateway }: SessionsContext): void {
  const sessions = program
    .command('sessions')
    .description('list the sessions of the users who signed in, or end them; requires --gateway');
  sessions
    .command('list')
    .addOption(new Option('--user <name>', 'only the sessions of this user').argParser(userName))
    .description('list sessions, newest first; without --user those of the 100 users who signed in last')
    .action(async ({ user }: { user?: string }) => {
      const found = await onGateway((target) => target.sessions(user ?? null));
      output().rows(found, 'No sessions.', found.map(rowOf));
    });
  sessions
    .command('revoke')
    .addOption(new Option('--user <name>', 'all sessions of this user').argParser(userName))
    .addOption(
      new Option('--session <hash>', 'one session, as `sessions list` shows it')
        .argParser(reference)
        .conflicts('user'),
    )
    .description('end the sessions of a user, or one session, in all processes')
    .action(async ({ user, session }: { user?: string; session?: string }, command: Command) => {
      if (user === undefined && session === undefined)
        command.error("error: option '--user <name>' or '--session <hash>' is required");
      const of = session === undefined ? { user: user ?? '' } : { session };
      const result = await onGateway((target) => target.revoke(of));
      output().facts(result);
      if (result.outcome === 'kept')
        throw new CommandFailed(
          'Redis did not take the revocation. The gateway has ended the sessions in its own process, and tries again until Redis takes it.',
        );
    });
}

function rowOf({ session, userName, signedInAt, expiresAt, network, userAgent }: ListedSession) {
  const agent =
    userAgent.length > MAX_AGENT_CHARACTERS ? `${userAgent.slice(0, MAX_AGENT_CHARACTERS)}…` : userAgent;
  return { session, user: userName, signedInAt, expiresAt, network, userAgent: agent };
}

function userName(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('It must not be empty.');
}

function reference(text: string): string {
  if (REFERENCE.test(text)) return text;
  throw new InvalidArgumentError('It must be the hash of a session, as `sessions list` shows it.');
}
