import { setTimeout } from 'node:timers/promises';
import type { Cluster, Redis } from 'ioredis';
import { systemClock } from '../clock.ts';
import type { Report } from '../events.ts';
import { createNodeBreakers } from './breaker.ts';
import type { Command, RedisClient, Reply } from './commands.ts';
import { watchState } from './state.ts';
import {
  createNodes,
  type Deadline,
  makeTrip,
  type Node,
  type Nodes,
  RedisNotConnected,
  RedisTimedOut,
  startDeadline,
} from './trip.ts';

// The interval between checks of a connection that is being established.
const RETRY_MS = 5;

export interface FailFastClient extends RedisClient {
  /** Whether all nodes of Redis reply in time, as of the last `store-up` or `store-down`. */
  readonly isUp: boolean;
}

/**
 * A Redis client that fails fast. A late reply is a failure. A node that failed three times in a row gets no commands
 * until a probe succeeds within `timeoutMs`. A refused command is a reply, and does not open the circuit breaker.
 */
export function createRedisClient(redis: Redis | Cluster, report: Report, timeoutMs = 50): FailFastClient {
  const nodes = createNodes(redis);
  const breakers = createNodeBreakers({
    timeoutMs,
    isExcused: () => state.isResuming,
    async probe(name) {
      const deadline = startDeadline(timeoutMs);
      await tripTo(nodes.at(name), [['PING']], deadline).finally(deadline.clear);
    },
    onChange(open, cause) {
      // A connection that is being established reports the reason by its own events.
      if (open && !(cause instanceof RedisNotConnected && redis.status !== 'ready')) state.markDown(cause);
      else if (!open) state.markUp();
    },
    report,
  });
  const state = watchState(redis, { report, areNodesUp: () => !breakers.isAnyOpen });
  redis.on('end', breakers.stop);
  redis.on('refresh', () => {
    // A dead node without a replacement is still part of the cluster, and counts as down.
    breakers.forget((name) => !nodes.at(name).redis);
    state.markUp();
  });

  return {
    get isUp() {
      return state.isUp;
    },
    get isResuming() {
      return state.isResuming;
    },
    async send(commands, limitMs) {
      const deadline = startDeadline(limitMs);
      try {
        const sends = commands.map((command) => ({ command, node: nodes.of(command) }));
        const replies = await sendAll(sends, deadline);
        await followRedirections(commands, replies, deadline);
        state.noteReplies(commands, replies);
        return replies;
      } finally {
        deadline.clear();
      }
    },
  };

  /** Sends one pipeline to each node, all concurrently. */
  async function sendAll(sends: readonly Send[], deadline: Deadline): Promise<Reply[]> {
    const replies = new Array<Reply>(sends.length);
    const placesByName = Map.groupBy(sends.keys(), (place) => (sends[place] as Send).node.name);
    const trips = [...placesByName].map(async ([name, places]) => {
      const share = places.map((place) => sends[place] as Send);
      const { node } = share[0] as Send;
      const commands = share.map(({ command }) => command);
      const trip = () => tripTo(node, commands, deadline);
      // A trip to a node without a connection fails at once, and there is nothing to probe.
      const answers = await (node.redis ? breakers.of(name).run(trip) : trip());
      places.forEach((place, index) => {
        replies[place] = answers[index] as Reply;
      });
    });
    await Promise.all(trips);
    return replies;
  }

  /** After a stall of this process, repeats the trip on a new connection until the deadline. */
  async function tripTo(node: Node, commands: readonly Command[], deadline: Deadline): Promise<Reply[]> {
    for (;;) {
      const sentAt = systemClock.monotonic();
      try {
        const replies = await deadline.race(makeTrip(node.redis ? nodes.at(node.name) : node, commands));
        state.noteAnswer(sentAt);
        return replies;
      } catch (cause) {
        // An attempt with little of the budget left says nothing about Redis.
        const hadTime = systemClock.monotonic() - sentAt >= timeoutMs / 2;
        if (cause instanceof RedisTimedOut && hadTime) state.noteAway(sentAt);
        if (!state.isResuming || cause instanceof RedisTimedOut) throw cause;
        await deadline.race(setTimeout(RETRY_MS));
      }
    }
  }

  /** Replaces redirections by the replies of the nodes that have the keys now. */
  async function followRedirections(commands: readonly Command[], replies: Reply[], deadline: Deadline) {
    const redirected = redirectedSends(commands, replies, nodes);
    if (redirected.length === 0) return;
    const answers = await sendAll(redirected, deadline);
    redirected.forEach(({ place }, index) => {
      if (place !== null) replies[place] = answers[index] as Reply;
    });
  }
}

interface Send {
  readonly command: Command;
  readonly node: Node;
}

interface RedirectedSend extends Send {
  /** Index of the redirected command; null for an ASKING in front of it. */
  readonly place: number | null;
}

/** The reply of a cluster node for a key that has moved (MOVED) or is being moved (ASK) to another node. */
const REDIRECTION = /^(MOVED|ASK) \d+ (\S+)$/;

/** The commands to send again, to the nodes that the replies name. After a MOVED, the slots are also read again. */
function redirectedSends(
  commands: readonly Command[],
  replies: readonly Reply[],
  nodes: Nodes,
): readonly RedirectedSend[] {
  let isMoved = false;
  const redirected = replies.flatMap((reply, place): RedirectedSend[] => {
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
