import { setTimeout } from 'node:timers/promises';
import type { Cluster, Redis } from 'ioredis';
import { systemClock } from '../clock.ts';
import type { Report } from '../events.ts';
import { createNodeBreakers } from './breaker.ts';
import type { Command, RedisClient, Reply } from './commands.ts';
import { watchConnection } from './connection-state.ts';
import { redirectedCommands } from './redirections.ts';
import { createRefusals } from './refusals.ts';
import { createResumption } from './resumption.ts';
import {
  createNodes,
  type Deadline,
  makeTrip,
  type Node,
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
  const refusals = createRefusals();
  const resumption = createResumption();
  const breakers = createNodeBreakers({
    timeoutMs,
    isExcused: () => resumption.isPending,
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
  const state = watchConnection(redis, { report, resumption, areNodesUp: () => !breakers.isAnyOpen });
  redis.on('end', () => {
    breakers.stop();
    resumption.stop();
  });
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
      return resumption.isPending;
    },
    async send(commands, limitMs) {
      const deadline = startDeadline(limitMs);
      try {
        const replies = await sendAll(commands, nodes.of, deadline);
        await followRedirections(commands, replies, deadline);
        const refusal = refusals.note(commands, replies);
        if (refusal) report({ type: 'store-refused', cause: refusal });
        return replies;
      } finally {
        deadline.clear();
      }
    },
  };

  /** Sends one pipeline to each node, all concurrently. */
  async function sendAll(
    commands: readonly Command[],
    nodeOf: (command: Command, index: number) => Node,
    deadline: Deadline,
  ): Promise<Reply[]> {
    const replies = new Array<Reply>(commands.length);
    const nodeByName = new Map<string, Node>();
    const placesByName = Map.groupBy(commands.keys(), (place) => {
      const node = nodeOf(commands[place] as Command, place);
      nodeByName.set(node.name, node);
      return node.name;
    });
    const trips = [...placesByName].map(async ([name, places]) => {
      const node = nodeByName.get(name) as Node;
      const share = places.map((place) => commands[place] as Command);
      const trip = () => tripTo(node, share, deadline);
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
        resumption.noteAnswer(sentAt);
        return replies;
      } catch (cause) {
        if (cause instanceof RedisTimedOut) resumption.noteAway(sentAt);
        if (!resumption.isPending || cause instanceof RedisTimedOut) throw cause;
        await deadline.race(setTimeout(RETRY_MS));
      }
    }
  }

  /** Replaces redirections by the replies of the nodes that have the keys now. */
  async function followRedirections(commands: readonly Command[], replies: Reply[], deadline: Deadline) {
    const redirected = redirectedCommands(commands, replies, nodes);
    if (redirected.length === 0) return;
    const again = redirected.map(({ command }) => command);
    const answers = await sendAll(again, (_, index) => redirected[index]?.node as Node, deadline);
    redirected.forEach(({ place }, index) => {
      if (place !== null) replies[place] = answers[index] as Reply;
    });
  }
}
