import { expect, it } from 'vitest';
import { createBrowserJar } from '../support/browser-jar.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { openStream } from '../support/event-stream.ts';
import { NOW, startGateway } from '../support/gateway.ts';
import { send } from '../support/http-client.ts';
import { openSocket } from '../support/socket-client.ts';
import { AUDIENCE, ISSUER, signingKey, signToken } from '../support/tokens.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';
import { startWebServer } from '../support/web-server.ts';

const mockUpstream = interceptUpstream();
const ADMIN_TOKEN = 'a-token-for-operators';
const VIEWER = 'subscription { viewer { name } }';
const ADA = { data: { viewer: { name: 'ada' } } };

it('a live response of a bearer token shows who asks, and ends when the token expires', async () => {
  mockUpstream();
  const key = await signingKey('ES256');
  const issuer = await startWebServer((_, response) => response.end(JSON.stringify({ keys: [key.jwk] })));
  const gateway = await startGateway({
    ...{ AUTH: 'required', AUTH_JWT_ISSUER: ISSUER, AUTH_JWT_AUDIENCE: AUDIENCE },
    ...{ AUTH_JWKS_URL: `${issuer.origin}/keys`, SESSION_SECRETS: 's'.repeat(32) },
  });
  const authorization = `Bearer ${await signToken(key, { name: 'ada', iat: NOW / 1000, exp: NOW / 1000 + 3600 })}`;
  const stream = await openStream(gateway, VIEWER, {}, { authorization });
  const byHeader = openSocket(gateway, { headers: { authorization } }).subscribe(VIEWER);
  const byParameter = openSocket(gateway, { connectionParams: { authorization } }).subscribe(VIEWER);
  for (const each of [stream, byHeader, byParameter]) await expect.poll(() => each.results).toEqual([ADA]);
  gateway.clock.ms += 3_600_000;
  await expect.poll(() => stream.ended()).toBe('complete');
  await expect.poll(() => [byHeader.ended(), byParameter.ended()]).toEqual([4403, 4403]);
});

it('a live response ends when an operator ends its session', async () => {
  mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
  const gateway = await startGateway({ AUTH: 'required', ADMIN_TOKEN });
  const jar = createBrowserJar(gateway.origin);
  await jar.signIn('anna');
  const cookie = [...jar.cookies].map((pair) => pair.join('=')).join('; ');
  const stream = await openStream(gateway, VIEWER, {}, { cookie });
  await expect.poll(() => stream.results.length).toBe(1);
  await send(gateway, '/admin/sessions/revocations', {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'anna' }),
  });
  await expect.poll(() => stream.ended()).toBe('complete');
  expect(stream.results.at(-1)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
});
