import { describe, expect, it } from 'vitest';
import { startProcess } from '../support/process.ts';
import { SLOW } from '../support/shared-gateways.ts';

const PRODUCTION = { NODE_ENV: 'production', ABCONNECT_ENVIRONMENT: 'sandbox' };

describe('the start of a gateway', SLOW, () => {
  it.each([
    [PRODUCTION, 1],
    [{ NODE_ENV: 'development' }, 0],
    [{ ...PRODUCTION, AUTH: 'required', SESSION_SECRETS: 's'.repeat(32) }, 0],
  ])('with %j has %i warnings that everybody can read', async (variables, count) => {
    const gateway = startProcess('src/main.ts', { PORT: '0', ...variables });
    await gateway.logged('listening');
    gateway.signal('SIGTERM');
    const { stdout } = await gateway.ended();
    expect(
      stdout.match(/AUTH is off: every client that reaches the port can read all data/g) ?? [],
    ).toHaveLength(count);
  });
});
