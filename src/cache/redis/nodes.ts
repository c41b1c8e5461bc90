/// <reference path="./cluster-key-slot.d.ts" />
import slotOf from 'cluster-key-slot';
import type { Cluster, Redis } from 'ioredis';
import type { Command } from './commands.ts';

/** The connection that commands go by, `host:port` in a cluster. Undefined where there is none at present. */
export interface Node {
  readonly name: string;
  readonly redis: Redis | undefined;
  /** Whether one command may name keys of different slots. */
  readonly isWhole: boolean;
}

/** Which node has what. */
export interface Nodes {
  /** The node that has the command's key, as far as is known. */
  of(command: Command): Node;
  /** A node by its `host:port`. */
  at(address: string): Node;
  /** Has the cluster asked again which node has what. */
  refresh(): void;
}

export function createNodes(redis: Redis | Cluster): Nodes {
  if (!redis.isCluster) {
    const only = { name: 'redis', redis: redis as Redis, isWhole: true };
    return { of: () => only, at: () => only, refresh() {} };
  }
  const cluster = redis as Cluster;
  const at = (address: string): Node => ({
    name: address,
    isWhole: false,
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
