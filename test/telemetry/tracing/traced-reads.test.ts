import { describe, expect, it } from 'vitest';
import { deliver, SECRET } from '../../http/webhook/webhook-gateway.ts';
import { countingLoad, startCacheProcess, words } from '../../support/cache-process.ts';
import { startGateway } from '../../support/gateway.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { trace } from '../../support/traced-gateway.ts';
import { interceptUpstream } from '../../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

describe('the read channel of a cache', () => {
  it('has a span for each read, with or without options', async () => {
    const collector = await startOtlpReceiver();
    const tracing = trace(collector.endpoint);
    const { cache } = await startCacheProcess();
    const { load, asked } = countingLoad();
    expect(await cache.peek(words, 1)).toBeUndefined();
    expect(await cache.get(words, 1, async () => 'word 1')).toBe('word 1');
    expect([...(await cache.getMany(words, [1, 2], load)).values()]).toEqual(['word 1', 'word 2']);
    expect(await cache.peek(words, 1)).toBe('word 1');
    expect(asked).toEqual([[2]]);
    await tracing.shutdown();

    const names = collector.spans.map(({ name }) => name);
    expect(names).toEqual(['peek words', 'get words', 'getMany words', 'peek words']);
    const counts = { 'cache.from_memory': 1, 'cache.loaded': 1 };
    expect(collector.spans[2]?.attributes).toMatchObject(counts);
  });
});

describe('a traced gateway', () => {
  it('accepts each change signal once', async () => {
    mockUpstream();
    const { endpoint } = await startOtlpReceiver();
    const gateway = await startGateway({ HOOK_SECRETS: SECRET, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    const statuses = [(await deliver(gateway)).status, (await deliver(gateway)).status];
    expect(statuses).toEqual([202, 202]);
  });
});
