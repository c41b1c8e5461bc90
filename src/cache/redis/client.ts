import { setTimeout } from 'node:timers/promises';
import type { Cluster, Redis } from 'ioredis';
import { systemClock } from '../clock.ts';
import type { Report } from '../events.ts';
import { createRedisBreaker, type RedisBreaker } from './breaker.ts';
import type { Command, RedisPort, Reply } from './commands.ts';
import { type Deadline, RedisTimedOut, startDeadline } from './deadline.ts';
import { withoutCommand } from './error.ts';
import { createNodes, type Node } from './nodes.ts';
import { createRefusals } from './refusals.ts';
import { createResumption } from './resumption.ts';
import { makeTrip, RedisNotConnected } from './trip.ts';

// How often a connection that is being made again is looked at.
const RETRY_MS = 5;

/** What a node of a cluster says of a key that it has given away, or is giving away. */
const REDIRECTION = /^(MOVED|ASK) \d+ (\S+)$/;

export interface RedisClient extends RedisPort {
  /** Whether all of Redis answers in time, as the last `store-up` or `store-down` said. */
  readonly isUp: boolean;
}

/**
 * A port that waits for nobody: an answer that is late is a failure, and a node that failed three times in a row is
 * left alone until a probe says that it answers, within `patienceMs`. Refusals of single commands are replies, and
 * open nothing. The states it reports are of the whole: down while a connection or a node is.
 */
export function createRedisClient(redis: Redis | Cluster, report: Report, patienceMs = 50): RedisClient {
  const nodes = createNodes(redis);
  const breakers = new Map<string, RedisBreaker>();
  let up: boolean | undefined;
  let lastError: unknown;
  const refusals = createRefusals();
  const resumption = createResumption();
  redis.on('error', (error) => {
    lastError = withoutCommand(error);
    // One that was never up is down as soon as it is known why.
    if (up === undefined) markDown(lastError);
  });
  // A cluster is closed before it says why none of its nodes will do.
  redis.on('node error', (error) => {
    lastError = withoutCommand(error);
  });
  redis.on('ready', markUp);
  let closes = 0;
  let connectingAt = Number.NEGATIVE_INFINITY;
  redis.on('connecting', () => {
    connectingAt = systemClock.monotonic();
  });
  redis.on('close', () => {
    resumption.noteAway(connectingAt);
    closes += 1;
    // The first attempt may have told its error before anybody listened: the next one tells it again.
    // A cluster is closed several times before it says why none of its nodes will do.
    if (up !== undefined || lastError || closes > (redis.isCluster ? 5 : 1))
      markDown(lastError ?? new RedisNotConnected('the connection was closed'));
  });
  redis.on('end', () => {
    for (const breaker of breakers.values()) breaker.stop();
    resumption.stop();
  });
  redis.on('refresh', forgetNodesThatLeft);
  if (redis.status === 'ready') markUp();

  return {
    get isUp() {
      return up === true;
    },
    get isResuming() {
      return resumption.isPending;
    },
    async send(commands, timeoutMs) {
      const deadline = startDeadline(timeoutMs);
      try {
        const replies = await sendAll(commands, nodes.of, deadline);
        const followed = await follow(commands, replies, deadline);
        const refusal = refusals.note(commands, followed);
        if (refusal) report({ type: 'store-refused', cause: refusal });
        return followed;
      } finally {
        deadline.clear();
      }
    },
  };

  /** One pipeline a node, side by side. */
  async function sendAll(
    commands: readonly Command[],
    nodeOf: (command: Command, index: number) => Node,
    deadline: Deadline,
  ): Promise<Reply[]> {
    const replies = new Array<Reply>(commands.length);
    const nodeByName = new Map<string, Node>();
    const indexes = Map.groupBy(commands.keys(), (index) => {
      const node = nodeOf(commands[index] as Command, index);
      nodeByName.set(node.name, node);
      return node.name;
    });
    const trips = [...indexes].map(async ([name, places]) => {
      const node = nodeByName.get(name) as Node;
      const share = places.map((place) => commands[place] as Command);
      const trip = () => tripTo(node, share, deadline);
      // A node that nobody is connected to is refused at once, and leaves nothing that could be probed.
      const answers = await (node.redis ? breakerOf(node).run(trip) : trip());
      places.forEach((place, index) => {
        replies[place] = answers[index] as Reply;
      });
    });
    await Promise.all(trips);
    return replies;
  }

  /** After a stall of this process the trip is made again on a new connection, for as long as the deadline allows. */
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

  /** Sends once more, to where the nodes say, the commands on keys that are not where they were. */
  async function follow(commands: readonly Command[], replies: readonly Reply[], deadline: Deadline) {
    const moved = replies.flatMap((reply, place) => {
      const [, kind, address] = (reply instanceof Error && REDIRECTION.exec(reply.message)) || [];
      return kind && address ? [{ place, kind, node: nodes.at(address) }] : [];
    });
    if (moved.length === 0) return replies;
    if (moved.some(({ kind }) => kind === 'MOVED')) nodes.refresh();
    // ASKING lets in the one command that follows it.
    const again = moved.flatMap(({ place, kind, node }) => {
      const command = commands[place] as Command;
      return (kind === 'ASK' ? [['ASKING'] as const, command] : [command]).map((each) => ({
        each,
        node,
        place: each === command ? place : null,
      }));
    });
    const answers = await sendAll(
      again.map(({ each }) => each),
      (_, index) => again[index]?.node as Node,
      deadline,
    );
    const followed = [...replies];
    again.forEach(({ place }, index) => {
      if (place !== null) followed[place] = answers[index] as Reply;
    });
    return followed;
  }

  function breakerOf({ name }: Node): RedisBreaker {
    const known = breakers.get(name);
    if (known) return known;
    const breaker = createRedisBreaker({
      patienceMs,
      isExcused: () => resumption.isPending,
      onChange(open, cause) {
        reportBreakers(open);
        // Without a connection that is looked for, the connection's own events come with the reason.
        if (open && !(cause instanceof RedisNotConnected && redis.status !== 'ready')) markDown(cause);
        else if (!open) markUp();
      },
      async probe() {
        const deadline = startDeadline(patienceMs);
        await tripTo(nodes.at(name), [['PING']], deadline).finally(deadline.clear);
      },
    });
    breakers.set(name, breaker);
    return breaker;
  }

  /** A node that has left the cluster says nothing of its state. One that died and has not been replaced does. */
  function forgetNodesThatLeft(): void {
    for (const [name, breaker] of breakers) {
      if (nodes.at(name).redis) continue;
      breaker.stop();
      breakers.delete(name);
      if (breaker.open) reportBreakers(false);
    }
    markUp();
  }

  function reportBreakers(opened: boolean): void {
    const open = [...breakers.values()].filter((breaker) => breaker.open).length;
    report({ type: opened ? 'breaker-open' : 'breaker-closed', open });
  }

  function markUp(): void {
    if (up === true || redis.status !== 'ready' || [...breakers.values()].some(({ open }) => open)) return;
    up = true;
    lastError = undefined;
    report({ type: 'store-up' });
  }

  function markDown(cause: unknown): void {
    if (up === false) return;
    up = false;
    report({ type: 'store-down', cause });
  }
}
