import type { Command, Reply } from './commands.ts';

/** Which commands Redis refuses. */
export interface Refusals {
  /** Notes a trip. The reason, where it is the first of one or more that are refused. */
  note(commands: readonly Command[], replies: readonly Reply[]): Error | undefined;
}

/**
 * A full Redis, or a replica, refuses what writes and takes all else between: it refuses still, until it takes a
 * command of a kind that it has refused.
 */
export function createRefusals(): Refusals {
  const refused = new Set<string>();
  return {
    note(commands, replies) {
      const wereNone = refused.size === 0;
      let reason: Error | undefined;
      replies.forEach((reply, index) => {
        const kind = kindOf(commands[index]);
        // Of a wrong type a key is of its own, and Redis well.
        // All of them: some are sent seldom, and would keep the next refusal from being told.
        if (!(reply instanceof Error)) {
          if (refused.has(kind)) refused.clear();
        } else if (!reply.message.startsWith('WRONGTYPE')) {
          reason ??= reply;
          refused.add(kind);
        }
      });
      return wereNone ? reason : undefined;
    },
  };
}

/** A script is a command of its own. */
function kindOf([name, script]: Command = ['']): string {
  return name === 'EVAL' ? `${name} ${script}` : name;
}
