import { describe, expect, it } from 'vitest';
import { VERSION } from '../../src/version.ts';
import { send } from '../support/http-client.ts';
import { startProcess } from '../support/process.ts';
import { ADMIN_TOKEN, OPERATOR, SLOW } from '../support/shared-gateways.ts';

/** The status of the page in a gateway with these variables, for an operator and for somebody else. */
async function statusOf(variables: Record<string, string>) {
  const { port } = await startProcess('src/main.ts', { PORT: '0', ...variables }).logged('listening');
  const gateway = { origin: `http://127.0.0.1:${port}` };
  return {
    operator: (await send(gateway, '/observatory', { headers: OPERATOR })).status,
    somebody: (await send(gateway, '/observatory')).status,
  };
}

// Production serves made-up data only where it is told to by name.
const PRODUCTION = { NODE_ENV: 'production', ABCONNECT_ENVIRONMENT: 'sandbox' };

describe('the observatory of a process', SLOW, () => {
  it.each([
    [{ ADMIN_TOKEN }, { operator: 200, somebody: 401 }],
    [
      { ADMIN_TOKEN, OBSERVATORY: 'false' },
      { operator: 404, somebody: 404 },
    ],
    [{}, { operator: 404, somebody: 404 }],
    [
      { ...PRODUCTION, ADMIN_TOKEN },
      { operator: 404, somebody: 404 },
    ],
    [
      { ...PRODUCTION, ADMIN_TOKEN, OBSERVATORY: 'true' },
      { operator: 200, somebody: 401 },
    ],
  ])('with %j is served as %j', async (variables, statuses) => {
    expect(await statusOf(variables)).toEqual(statuses);
  });

  it('shows the version and the history of the process', async () => {
    const { port } = await startProcess('src/main.ts', { PORT: '0', ADMIN_TOKEN }).logged('listening');
    const gateway = { origin: `http://127.0.0.1:${port}` };
    const get = async (path: string) =>
      JSON.parse((await send(gateway, `/admin/${path}`, { headers: OPERATOR })).text);
    expect(await get('stats')).toMatchObject({ version: VERSION, failures: { latest: [] } });
    const { samples } = await get('history');
    expect(samples[0]).toMatchObject({ at: expect.stringMatching(/Z$/), requests: { hit: 0, failed: 0 } });
  });
});
