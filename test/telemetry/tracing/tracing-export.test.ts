import { execFile } from 'node:child_process';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRequestContexts } from '../../../src/telemetry/request-context.ts';
import type { TracingEvent } from '../../../src/telemetry/tracing/events.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { inRequest, publishRequests, startTraced, trace } from '../../support/traced-gateway.ts';
import { interceptUpstream } from '../../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

describe('a collector', () => {
  it('that is down changes no response and delays none', async () => {
    mockUpstream();
    const events: TracingEvent[] = [];
    const { ask, tracing } = await startTraced(await nobodysEndpoint(), patienceless(events));
    expect((await ask()).status).toBe(200);
    await tracing.shutdown();
    expect(events, 'nothing has been waited for').toEqual([]);
  });

  it('that never answers changes no response and delays none', async () => {
    const collector = await startOtlpReceiver();
    collector.answer('never');
    mockUpstream();
    const events: TracingEvent[] = [];
    const { ask, tracing } = await startTraced(collector.endpoint, patienceless(events));
    expect((await ask()).status).toBe(200);
    await tracing.shutdown();
    expect(events, 'nothing has been waited for').toEqual([]);
  });

  it('that refuses spans is reported once, without its address, and again when it accepts them', async () => {
    const collector = await startOtlpReceiver();
    const contexts = createRequestContexts({ traced: true });
    const events: object[] = [];
    const tracing = trace(collector.endpoint, {
      report: (event) => events.push({ ...event, ...contexts.current() }),
    });
    // Whose turn it is to send is no request's: what is told has no request's id.
    const send = () => inRequest('r-1', () => publishRequests(512));
    collector.answer(400);
    send();
    await expect.poll(() => collector.batches).toBe(1);
    send();
    await expect.poll(() => collector.batches).toBe(2);
    await expect.poll(() => collector.batches).toBe(2);
    await expect.poll(() => events).toEqual([{ type: 'traces-lost', reason: 'status 400' }]);
    collector.answer(200);
    send();
    await tracing.shutdown();
    expect(events).toEqual([{ type: 'traces-lost', reason: 'status 400' }, { type: 'traces-taken' }]);
  });

  it.each([
    [
      'with words of the exporter, where those are known',
      'Export failed with retryable status',
      (response: ServerResponse) => response.writeHead(503, { 'retry-after': '3600' }).end(),
    ],
    [
      'by the name of the error otherwise',
      'Error',
      (response: ServerResponse) => response.on('error', () => {}).end(Buffer.alloc(5 * 1024 * 1024)),
    ],
  ])('failure without a code is reported as %s', async (_how, reason, answer) => {
    const events: TracingEvent[] = [];
    const tracing = trace(await endpointOf(answer), { report: (event) => events.push(event) });
    publishRequests(1);
    await tracing.shutdown();
    expect(events).toEqual([{ type: 'traces-lost', reason }]);
  });

  it('gets no more than a queue of spans', async () => {
    const collector = await startOtlpReceiver();
    const tracing = trace(collector.endpoint);
    publishRequests(10_000);
    await tracing.shutdown();
    expect(collector.spans.length).toBeGreaterThan(2000);
    expect(collector.spans.length).toBeLessThan(3000);
  });
});

describe('without a collector', () => {
  it('does not load the OpenTelemetry SDK', async () => {
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({
        load(url, context, next) {
          loaded.push(url);
          return next(url, context);
        },
      });
      const { startApp } = await import('./src/app/app.ts');
      const { loadConfig } = await import('./src/config/config.ts');
      const { createProcessMetrics } = await import('./src/telemetry/metrics/process-metrics.ts');
      const clock = { now: Date.now, monotonic: () => performance.now() };
      const config = loadConfig({ PORT: '0', NODE_ENV: 'test' });
      const app = await startApp(config, { report() {}, process: createProcessMetrics(), clock, random: Math.random });
      await app.close();
      process.stdout.write(JSON.stringify(loaded));
    `;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
    const loaded: string[] = JSON.parse(stdout);
    expect(loaded.some((url) => url.endsWith('/src/app/app.ts'))).toBe(true);
    // Its API, which does nothing by itself, is what prom-client loads.
    const telemetry = loaded.filter((url) => /@opentelemetry\/(?!api\/)|src\/telemetry\/tracing/.test(url));
    expect(telemetry).toEqual([]);
  });
});

/** A shutdown that gives up at once, and what was reported until then. */
function patienceless(events: TracingEvent[]) {
  return { sleep: async () => {}, report: (event: TracingEvent) => events.push(event) };
}

/** An endpoint that answers everything like this. */
async function endpointOf(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An endpoint at which nobody listens. */
async function nobodysEndpoint(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
