import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { type GatewayEvent, logEvents } from '../../src/telemetry/log-events.ts';

function logged(event: GatewayEvent, level = 'info') {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) };
  logEvents(pino({ level, base: null }, stream))(event);
  return lines;
}

const WARN = 40;

describe('the log', () => {
  it('warns once of a Redis that is down, with the reason', () => {
    const [line] = logged({ type: 'store-down', cause: new Error('connect ECONNREFUSED') });
    expect(line).toMatchObject({
      level: WARN,
      event: 'store-down',
      msg: 'Redis does not answer; going on without it',
      err: { message: 'connect ECONNREFUSED' },
    });
  });

  it('names the variables to check where the credentials are refused', () => {
    const [line] = logged({
      type: 'upstream-credentials-rejected',
      route: 'POST /connect/token',
      status: 400,
      variables: ['ABCONNECT_CLIENT_SECRET'],
    });
    expect(line).toMatchObject({ level: 50, variables: ['ABCONNECT_CLIENT_SECRET'] });
  });

  it('has a line a request, and none for what probes ask', () => {
    const request = {
      type: 'request',
      requestId: 'r1',
      method: 'POST',
      status: 200,
      fromCache: false,
      durationMs: 3,
    } as const;
    expect(logged({ ...request, path: '/graphql' })).toMatchObject([
      { msg: 'request', requestId: 'r1', status: 200 },
    ]);
    expect(logged({ ...request, path: '/healthz' })).toEqual([]);
    expect(logged({ ...request, path: '/healthz' }, 'debug')).toHaveLength(1);
  });

  it('leaves out the details of normal work', () => {
    expect(logged({ type: 'hit-memory', keyClass: 'sellers', count: 1 })).toEqual([]);
  });
});
