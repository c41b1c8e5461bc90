import { describe, expect, it } from 'vitest';
import { logEvents } from '../../../src/telemetry/logs/log-events.ts';
import { createLogger } from '../../../src/telemetry/logs/logger.ts';
import { requestEvent } from '../../support/metrics.ts';

async function logged(isTerminal: boolean): Promise<string> {
  let text = '';
  const logger = await createLogger('info', {
    isTerminal,
    write: (more) => {
      text += more;
    },
  });
  logEvents(logger, { hitsEvery: 1, clock: { monotonic: () => 0 } })(requestEvent({ operation: 'Sellers' }));
  return text;
}

describe('the log of a request', () => {
  it('is one line on a terminal, with all its fields', async () => {
    const text = await logged(true);
    expect(text).toMatch(/^\S*\[\d\d:\d\d:\d\d\.\d{3}\].*INFO.*request.*\n$/);
    for (const part of ['"operation":"Sellers"', '"outcome":"miss"', '"status":200', '"durationMs":3'])
      expect(text).toContain(part);
  });

  it('is one line of JSON otherwise', async () => {
    const text = await logged(false);
    expect(text).toMatch(/^[^\n]*\n$/);
    expect(JSON.parse(text)).toMatchObject({ operation: 'Sellers', outcome: 'miss' });
  });
});
