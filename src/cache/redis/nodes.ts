/// <reference path="./cluster-key-slot.d.ts" />
import slotOf from 'cluster-key-slot';
import type { Cluster, Redis } from 'ioredis';
import type { Command } from './commands.ts';

/** A node of Redis, and its connection. */
export interface Node {
  /** `host:port` in a cluster. */
  readonly name: string;
  /** Undefined if the node has no connection at present. */
  readonly redis: Redis | undefined;
  /** Whether one command may name keys of different slots. */
  readonly hasAllSlots: boolean;
}

/** The nodes by the keys that they hold. */
export interface Nodes {
  /** The node that has the key of the command, according to the last known slots. */
  of(command: Command): Node;
  /** A node by its `host:port`. */
  at(address: string): Node;
  /** Reads the slots of the cluster again. */
  refresh(): void;
}

export function createNodes(redis: Redis | Cluster): Nodes {
  if (!redis.isCluster) {
    const only = { name: 'redis', redis: redis as Redis, hasAllSlots: true };
    return { of: () => only, at: () => only, refresh() {} };
  }
  const cluster = redis as Cluster;
  const at = (address: string): Node => ({
    name: address,
    hasAllSlots: false,
    redis: cluster.nodes().find(({ options }) => `${options.host}:${options.port}` === address),
  });
  return {
    of: (command) => at(cluster.slots[slotOf(keyOf(command))]?.[0] ?? 'nowhere'),
    at,
    refresh: () => cluster.refreshSlotsCache(),
  };
}

function keyOf([name, ...args]: Command): string {
  // EVAL script numkeys key …
  return String(name === 'EVAL' ? args[2] : args[0]);
}
