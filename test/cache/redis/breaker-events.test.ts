import { EventEmitter } from 'node:events';
import slotOf from 'cluster-key-slot';
import type { Cluster } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CacheEvent } from '../../../src/cache/events.ts';
import { createRedisClient } from '../../../src/cache/redis/client.ts';

describe('circuit breaker events', () => {
  afterEach(() => void vi.useRealTimers());

  const keyAt = (slots: 'low' | 'high') => {
    for (let index = 0; ; index += 1) {
      if (slotOf(`{${index}}`) < 8192 === (slots === 'low')) return `{${index}}`;
    }
  };

  /** A cluster of two nodes, each with half the slots, that answer or not. */
  function createTwoNodes() {
    const answers = { low: true, high: true };
    const nodes = (['low', 'high'] as const).map((host) => {
      const pipeline = () => {
        const replies: [null, Buffer][] = [];
        const callBuffer = (_: string, text = '') => void replies.push([null, Buffer.from(text || 'PONG')]);
        const exec = async () => {
          if (!answers[host]) throw new Error('connection lost');
          return replies;
        };
        return { callBuffer, exec };
      };
      return { options: { host, port: 1 }, status: 'ready', pipeline };
    });
    const cluster = Object.assign(new EventEmitter(), {
      isCluster: true,
      status: 'ready',
      slots: Array.from({ length: 16_384 }, (_, slot) => [slot < 8192 ? 'low:1' : 'high:1']),
      nodes: () => nodes,
    });
    const events: CacheEvent[] = [];
    const client = createRedisClient(cluster as unknown as Cluster, (event) => void events.push(event));
    const fail = async (slots: 'low' | 'high') => {
      for (let time = 0; time < 3; time += 1) await client.send([['GET', keyAt(slots)]], 50).catch(() => {});
    };
    return { answers, nodes, cluster, events, fail };
  }

  it('report opening and closing, with the number of open breakers', async () => {
    vi.useFakeTimers();
    const { answers, events, fail } = createTwoNodes();
    Object.assign(answers, { low: false, high: false });
    await fail('low');
    await fail('low');
    await fail('high');
    answers.low = true;
    await vi.advanceTimersByTimeAsync(1000);
    answers.high = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(events.filter(({ type }) => type.startsWith('breaker'))).toEqual([
      { type: 'breaker-open', open: 1 },
      { type: 'breaker-open', open: 2 },
      { type: 'breaker-closed', open: 1 },
      { type: 'breaker-closed', open: 0 },
    ]);
  });

  it('report a closed breaker for a node that leaves the cluster', async () => {
    vi.useFakeTimers();
    const { answers, nodes, cluster, events, fail } = createTwoNodes();
    answers.high = false;
    await fail('low');
    await fail('high');
    nodes.pop();
    cluster.emit('refresh');
    expect(events.filter(({ type }) => type.startsWith('breaker'))).toEqual([
      { type: 'breaker-open', open: 1 },
      { type: 'breaker-closed', open: 0 },
    ]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(events.filter(({ type }) => type.startsWith('breaker'))).toHaveLength(2);
  });
});
