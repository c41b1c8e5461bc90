import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { noRedis } from './redis.ts';
import { startRedisCluster } from './redis-cluster.ts';
import { type Guard, open } from './redis-guard.ts';

describe.skipIf(noRedis)('a Cluster with a node that does not start', () => {
  it('stops its other nodes', async () => {
    const ports: number[] = [];
    const guard: Guard = {
      ...open,
      argumentsFor(port) {
        ports.push(port);
        return [...open.argumentsFor(port), ...(ports.length === 3 ? ['--loadmodule', 'none'] : [])];
      },
    };
    await expect(startRedisCluster({ guard })).rejects.toThrow('Redis did not start');
    expect(ports).toHaveLength(3);
    for (const port of ports)
      await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED');
  });
});
