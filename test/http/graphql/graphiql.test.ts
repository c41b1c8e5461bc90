import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { schema } from '../../../src/schema/index.ts';
import { startGateway } from '../../support/gateway.ts';
import { post, send } from '../../support/http-client.ts';
import { startHttpLayer } from '../../support/http-layer.ts';

const BROWSER = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'accept-encoding': 'gzip, deflate, br, zstd',
};

/** The page as sent over the wire: fetch would decompress it. */
async function getPage(
  { origin }: { origin: string },
  headers: Record<string, string> = BROWSER,
  method = 'GET',
): Promise<{ status: number | undefined; headers: IncomingMessage['headers']; bytes: Buffer }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(`${origin}/graphql`, { method, headers }, resolve).on('error', reject).end();
  });
  return { status: response.statusCode, headers: response.headers, bytes: await buffer(response) };
}

async function examplesOf(gateway: { origin: string }): Promise<{ query: string; variables?: string }[]> {
  const { bytes } = await getPage(gateway, { accept: 'text/html' });
  return JSON.parse(/"defaultTabs":\s*(\[.*?\}\])/s.exec(bytes.toString())?.[1] ?? '[]');
}

function isPage(value: unknown): value is { items: unknown[] } {
  return typeof value === 'object' && value !== null && 'items' in value;
}

describe('GraphiQL', () => {
  it('is served to browsers at /graphql, compressed', async () => {
    const { status, headers, bytes } = await getPage(await startHttpLayer({}, { graphiql: true }));
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-encoding': 'gzip',
      'content-length': String(bytes.length),
      'x-content-type-options': 'nosniff',
      vary: 'Accept, Accept-Encoding',
    });
    expect(gunzipSync(bytes).toString()).toMatch(/^\s*<!doctype html>/i);
  });

  it('is the same page for clients without compression', async () => {
    const gateway = await startHttpLayer({}, { graphiql: true });
    const plain = await getPage(gateway, { accept: 'text/html' });
    const zipped = await getPage(gateway);
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.bytes.equals(gunzipSync(zipped.bytes))).toBe(true);
    expect(zipped.bytes.length).toBeLessThan(plain.bytes.length / 2);
  });

  it('may not load from other hosts, nor be framed', async () => {
    const { headers } = await getPage(await startHttpLayer({}, { graphiql: true }));
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/https?:|\*/);
  });

  it('links to the docs, which it serves as text', async () => {
    const gateway = await startHttpLayer({}, { graphiql: true });
    const { bytes } = await getPage(gateway, { ...BROWSER, 'accept-encoding': 'identity' });
    expect(bytes.toString()).toContain('/docs');
    const docs = await fetch(`${gateway.origin}/docs`);
    expect(docs.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await docs.text()).toBe(readFileSync('docs/graphql.md', 'utf8'));
    expect((await fetch(`${(await startHttpLayer({})).origin}/docs`)).status).toBe(404);
  });

  it('opens with examples that are valid for the schema', async () => {
    const examples = await examplesOf(await startHttpLayer({}, { graphiql: true }));
    expect(examples.length).toBeGreaterThan(3);
    for (const { query } of examples) expect(validate(schema, parse(query))).toEqual([]);
  });

  it("has examples that find something in the sandbox's default data as they come", async () => {
    const gateway = await startGateway({ ABCONNECT_ENVIRONMENT: 'sandbox', SANDBOX_LATENCY_MS: '0' });
    for (const { query, variables = '{}' } of await examplesOf(gateway)) {
      // A subscription is answered as the query.
      const asQuery = query.replace(/^subscription/m, 'query');
      const { body } = await post(gateway, { query: asQuery, variables: JSON.parse(variables) });
      expect(body.errors, query).toBeUndefined();
      expect(JSON.stringify(body.data), query).toMatch(/"(id|name)":"/);
      // An inner list may be empty for one seller of many, and not if there is only one.
      for (const field of Object.values(body.data ?? {}) as Record<string, unknown>[])
        for (const list of field.items ? [field] : Object.values(field))
          if (isPage(list)) expect(list.items, query).not.toEqual([]);
    }
  });

  it.each([
    ['its tag', (tag: string) => tag],
    ['its tag among others', (tag: string) => `"a", ${tag} , W/"b"`],
    ['any tag', () => '*'],
  ])('is 304 for a browser that holds %s', async (_, held) => {
    const gateway = await startHttpLayer({}, { graphiql: true });
    const { headers: first } = await getPage(gateway);
    expect(first.etag).toMatch(/^W\/"[\w-]+"$/);
    const { status, headers, bytes } = await getPage(gateway, {
      ...BROWSER,
      'if-none-match': held(String(first.etag)),
    });
    expect([status, bytes.length]).toEqual([304, 0]);
    expect(headers.etag).toBe(first.etag);
    const other = await getPage(gateway, { ...BROWSER, 'if-none-match': 'W/"other"' });
    expect(other.status).toBe(200);
  });

  it('returns the same headers without a body for HEAD', async () => {
    const gateway = await startHttpLayer({}, { graphiql: true });
    const page = await getPage(gateway);
    const head = await getPage(gateway, BROWSER, 'HEAD');
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
    expect(head.headers['content-length']).toBe(page.headers['content-length']);
    expect(head.headers.etag).toBe(page.headers.etag);
  });

  it('is the target of the redirect from /', async () => {
    const { status, headers } = await send(await startHttpLayer({}, { graphiql: true }), '/');
    expect([status, headers.get('location')]).toEqual([302, '/graphql']);
  });

  it('is not served to GraphQL clients', async () => {
    const gateway = await startHttpLayer({}, { graphiql: true });
    for (const accept of ['*/*', 'application/json', 'application/graphql-response+json']) {
      const { body } = await send(gateway, '/graphql?query={__typename}', { headers: { accept } });
      expect(body).toEqual({ data: { __typename: 'Query' } });
    }
    const posted = await send(gateway, '/graphql', {
      method: 'POST',
      headers: { ...BROWSER, 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    });
    expect(posted.body).toEqual({ data: { __typename: 'Query' } });
  });
});

describe('with GraphiQL disabled', () => {
  it.each([
    ['GRAPHIQL=false', { GRAPHIQL: 'false' }],
    ['production', { NODE_ENV: 'production' }],
  ])('(%s) a browser gets JSON, and / leads nowhere', async (_, variables) => {
    const gateway = await startGateway(variables);
    const { status, headers } = await getPage(gateway);
    expect(status).toBe(400);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect((await send(gateway, '/')).status).toBe(404);
  });

  it('production can enable it', async () => {
    const gateway = await startGateway({ NODE_ENV: 'production', GRAPHIQL: 'true' });
    expect((await getPage(gateway)).headers['content-type']).toBe('text/html; charset=utf-8');
  });
});
