import type { Command, Reply } from './commands.ts';
import type { Node, Nodes } from './trip.ts';

/** The reply of a cluster node for a key that has moved (MOVED) or is being moved (ASK) to another node. */
const REDIRECTION = /^(MOVED|ASK) \d+ (\S+)$/;

/** A command to send again, to the node that a reply names. */
export interface Redirected {
  readonly command: Command;
  readonly node: Node;
  /** Index of the redirected command; null for an ASKING in front of it. */
  readonly place: number | null;
}

/** The commands that must be sent again. After a MOVED, the slots of the cluster are also read again. */
export function redirectedCommands(
  commands: readonly Command[],
  replies: readonly Reply[],
  nodes: Nodes,
): readonly Redirected[] {
  let isMoved = false;
  const redirected = replies.flatMap((reply, place): Redirected[] => {
    const [, kind, address] = (reply instanceof Error && REDIRECTION.exec(reply.message)) || [];
    if (!kind || !address) return [];
    isMoved ||= kind === 'MOVED';
    const node = nodes.at(address);
    const again = { command: commands[place] as Command, node, place };
    // ASKING applies to the next command only.
    return kind === 'ASK' ? [{ command: ['ASKING'], node, place: null }, again] : [again];
  });
  if (isMoved) nodes.refresh();
  return redirected;
}
