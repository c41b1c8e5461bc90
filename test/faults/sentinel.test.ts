import { describe, expect, it, onTestFinished } from 'vitest';
import { noRedis } from '../support/redis.ts';
import { startRedisSentinel } from '../support/redis-sentinel.ts';
import { startScene } from './scene.ts';

describe.skipIf(noRedis)('three processes with Sentinel', () => {
  it('answer through a failover, and then use the new master', async () => {
    const redis = await startRedisSentinel();
    onTestFinished(() => redis.kill());
    const { states, finish, upstream } = await startScene({
      server: {
        kind: 'sentinel',
        sentinels: [{ host: '127.0.0.1', port: redis.sentinel.port }],
        name: redis.name,
        sentinelPassword: undefined,
        access: { username: undefined, password: undefined, tls: false },
      },
    });
    const before = upstream.loads;
    await redis.master.stop();
    await redis.untilReplaced();
    expect(upstream.loads).toBe(before);
    await finish('Sentinel failover');
    for (const each of states()) expect(each.slice(0, 3)).toEqual(['store-up', 'store-down', 'store-up']);
  });
});
