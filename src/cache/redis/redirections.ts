import type { Command, Reply } from './commands.ts';
import type { Node, Nodes } from './nodes.ts';

/** The reply of a cluster node for a key that it has given away (MOVED), or is giving away (ASK). */
const REDIRECTION = /^(MOVED|ASK) \d+ (\S+)$/;

/** A command to send once more, to the node that a reply named. */
export interface Redirected {
  readonly command: Command;
  readonly node: Node;
  /** The place of the command that was redirected; null for an ASKING in front of it. */
  readonly place: number | null;
}

/** The commands that have to be sent once more. After a MOVED, the cluster is also asked again which node has what. */
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
    // ASKING admits the one command that follows it.
    return kind === 'ASK' ? [{ command: ['ASKING'], node, place: null }, again] : [again];
  });
  if (isMoved) nodes.refresh();
  return redirected;
}
