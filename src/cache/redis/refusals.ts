import type { Command, Reply } from './commands.ts';

/** The commands that Redis refuses. */
export interface Refusals {
  /** Records the replies of a trip. Returns the reason of a refusal if no command was refused before. */
  note(commands: readonly Command[], replies: readonly Reply[]): Error | undefined;
}

/**
 * A full Redis, or a replica, refuses writes and accepts other commands. So the refusal ends only when Redis accepts a
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
        if (!(reply instanceof Error)) {
          // One accepted kind clears all: a kind that is rarely sent would hide the next refusal.
          if (refused.has(kind)) refused.clear();
        } else if (!reply.message.startsWith('WRONGTYPE')) {
          // Not for a wrong type, which is a problem of the key and not of Redis.
          reason ??= reply;
          refused.add(kind);
        }
      });
      return wereNone ? reason : undefined;
    },
  };
}

/** Each script counts as a separate kind of command. */
function kindOf([name, script]: Command = ['']): string {
  return name === 'EVAL' ? `${name} ${script}` : name;
}
