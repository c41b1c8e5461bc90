import { describe, expect, it } from 'vitest';
import { post, send } from '../support/http-client.ts';
import { startHttpLayer } from '../support/http-layer.ts';

const SHOP = 'https://shop.example.com';
const ADMIN = 'https://admin.example.com:8443';
const STRANGER = 'https://shop.example.com.evil.test';

const QUERY = { query: '{ __typename }' };
const PREFLIGHT = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'content-type',
};

const corsHeaders = (headers: Headers) =>
  [...headers.keys()].filter((name) => name.startsWith('access-control-'));

describe('without a list of origins', () => {
  it('pages of other origins cannot read any response', async () => {
    const gateway = await startHttpLayer({});
    const answers = [
      await post(gateway, QUERY, { origin: SHOP }),
      await send(gateway, '/graphql', { method: 'OPTIONS', headers: { origin: SHOP, ...PREFLIGHT } }),
      await send(gateway, '/healthz', { headers: { origin: SHOP } }),
    ];
    expect(answers.flatMap(({ headers }) => corsHeaders(headers))).toEqual([]);
    expect(answers[1]?.status).toBe(405);
  });
});

describe('with a list of origins', () => {
  const start = () => startHttpLayer({}, { corsOrigins: [SHOP, ADMIN] });

  it.each([SHOP, ADMIN])('pages of %s can read responses and their request id', async (origin) => {
    const { headers, body } = await post(await start(), QUERY, { origin });
    expect(body).toEqual({ data: { __typename: 'Query' } });
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('access-control-expose-headers')).toBe(
      'X-Request-Id,ETag,Age,Cache-Status,Retry-After,RateLimit,RateLimit-Policy',
    );
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(headers.get('vary')).toBe('Origin, Accept, Accept-Encoding, Authorization');
  });

  it('GraphiQL varies by origin as well', async () => {
    const gateway = await startHttpLayer({}, { corsOrigins: [SHOP], graphiql: true });
    const { headers } = await send(gateway, '/graphql', { headers: { accept: 'text/html' } });
    expect(headers.get('vary')).toBe('Origin, Accept, Accept-Encoding');
  });

  it('allowed origins can read error responses too', async () => {
    const { status, headers } = await post(await start(), 'nonsense', { origin: SHOP });
    expect(status).toBe(400);
    expect(headers.get('access-control-allow-origin')).toBe(SHOP);
  });

  it('a preflight from an allowed origin lists the allowed methods and headers', async () => {
    const { status, headers } = await send(await start(), '/graphql', {
      method: 'OPTIONS',
      headers: { origin: SHOP, ...PREFLIGHT },
    });
    expect(status).toBe(204);
    expect(Object.fromEntries(headers)).toMatchObject({
      'access-control-allow-origin': SHOP,
      'access-control-allow-methods': 'GET,POST',
      'access-control-allow-headers': 'content-type',
      'access-control-max-age': '600',
    });
  });

  it.each([STRANGER, 'null', 'http://shop.example.com', 'https://SHOP.example.com'])(
    'pages of %s cannot read any response',
    async (origin) => {
      const gateway = await start();
      const answer = await post(gateway, QUERY, { origin });
      const preflight = await send(gateway, '/graphql', {
        method: 'OPTIONS',
        headers: { origin, ...PREFLIGHT },
      });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
      // A shared cache must not serve one origin's response to another.
      expect(answer.headers.get('vary')).toContain('Origin');
    },
  );
});
