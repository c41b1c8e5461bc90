import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { logEvents } from '../../src/telemetry/logs/log-events.ts';
import { createBrowserJar } from '../support/browser-jar.ts';
import { USERS } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { send } from '../support/http-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const TYPED = 'what-somebody-typed';
const JWT = ['eyJhbGciOiJub25lIn0', 'eyJzdWIiOiJhbm5hIn0', 'of-nobody'].join('.');

describe('events and log lines of authentication', () => {
  it('hold no password, token, id of a session, nor what a failed attempt typed', async () => {
    mockUpstream();
    const gateway = await startGateway({
      ...{ AUTH: 'required', SESSION_SECRETS: 'a-secret-of-at-least-32-characters' },
      ...{ AUTH_JWT_ISSUER: 'https://issuer.test', AUTH_JWT_AUDIENCE: 'catalog' },
      AUTH_JWKS_URL: 'https://issuer.test/jwks-of-the-issuer',
    });
    const browser = createBrowserJar(gateway.origin);
    await browser.signIn();
    // The last one exceeds the limit of an address. Attempts for different users have no delay.
    for (let attempt = 0; attempt < 101; attempt += 1)
      await browser.signIn(`${TYPED}-${attempt}`, `password ${TYPED}`);
    const ids = [browser.cookies.get('sid')];
    await browser.ask('{ viewer { id } }');
    await browser.ask('{ viewer { id } }', { authorization: `Bearer ${JWT}` });
    await browser.signOut(true);
    await send(gateway, `/sign-in?next=/docs&password=${TYPED}`);

    const lines: string[] = [];
    const log = logEvents(pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) }), {
      ...{ hitsEvery: 1, clock: { monotonic: () => 0 } },
    });
    for (const event of gateway.events) log(event);
    const types = new Set(gateway.events.map(({ type }) => type));
    for (const type of ['sign-in', 'sign-in-limited', 'signed-out', 'token-rejected'] as const)
      expect(types).toContain(type);
    const texts = [JSON.stringify(gateway.events), lines.join('')];
    for (const secret of [TYPED, USERS.anna, JWT, JWT.split('.')[2], ...ids])
      for (const text of texts) expect(text).not.toContain(secret);
  });
});
