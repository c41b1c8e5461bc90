import { describe, expect, it, onTestFinished } from 'vitest';
import type { HttpEvent } from '../../src/http/events.ts';
import { createMetricsRoute, type MetricsSource } from '../../src/http/metrics/route.ts';
import { createMetricsServer } from '../../src/http/metrics/server.ts';
import { send } from '../support/http-client.ts';
import { startHttpLayer } from '../support/http-layer.ts';

const SOURCE: MetricsSource = { text: async () => 'up 1\n', contentType: 'text/plain; version=0.0.4' };
const FAILING: MetricsSource = {
  ...SOURCE,
  text: () => Promise.reject(new Error('of 10.0.0.7')),
};

const beside = (source: MetricsSource) => startHttpLayer({}, { routes: [createMetricsRoute(source)] });

async function alone(source: MetricsSource) {
  const events: HttpEvent[] = [];
  const server = createMetricsServer(source, (event) => events.push(event));
  const origin = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`;
  onTestFinished(() => server.close(0));
  return { origin, events };
}

describe.each([
  ['beside the API', beside],
  ['on their own port', alone],
])('metrics %s', (_, start) => {
  it('are the current text, with Cache-Control: no-store', async () => {
    let scrapes = 0;
    const text = async () => {
      scrapes += 1;
      return `scrapes ${scrapes}\n`;
    };
    const server = await start({ ...SOURCE, text });
    await send(server, '/metrics');
    const { status, headers, text: sent } = await send(server, '/metrics?name[]=up');
    expect([status, sent]).toEqual([200, 'scrapes 2\n']);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('accept GET and HEAD only', async () => {
    const server = await start(SOURCE);
    expect((await send(server, '/metrics', { method: 'HEAD' })).status).toBe(200);
    const { status, headers } = await send(server, '/metrics', { method: 'POST', body: 'x' });
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('are a 500 without internal details if they cannot be collected', async () => {
    const server = await start(FAILING);
    const { status, text } = await send(server, '/metrics');
    expect(status).toBe(500);
    expect(text).not.toContain('10.0.0.7');
    expect(server.events).toContainEqual({ type: 'internal-error', cause: expect.any(Error) });
  });
});

describe('the metrics port', () => {
  it.each(['/', '/graphql', '/metrics/x', '/healthz'])('serves no other path: %s', async (path) => {
    expect((await send(await alone(SOURCE), path)).status).toBe(404);
  });
});
