import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();
const SELLERS = 'subscription Sellers($size: Int = 1) { sellers(pageSize: $size) { items { name } } }';
const OTHER = 'query Other { sellers { totalItems } }';
const hash = createHash('sha256').update(SELLERS).digest('hex');
const PERSISTED = { persistedQuery: { version: 1, sha256Hash: hash } };
const FIRST = 'event: next\ndata: {"data":{"sellers":{"items":[{"name":"First"}]}}}\n\n';

async function start(variables: Record<string, string> = {}) {
  mockUpstream({ sellers: [sellerRecord({ id: 1, name: 'First' })] });
  const { origin } = await startGateway(variables);
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const headers = { accept: 'text/event-stream' };
  const url = (parameters: Record<string, string>) => `${origin}/graphql?${new URLSearchParams(parameters)}`;
  return {
    get: (parameters: Record<string, string>) => fetch(url(parameters), { headers, signal: stop.signal }),
    post: (body: unknown) =>
      fetch(`${origin}/graphql`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: stop.signal,
      }),
  };
}

/** The text of the stream until it has the event. */
async function textUntil(response: Response, event: string): Promise<string> {
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk);
    if (text.includes(event)) break;
  }
  return text;
}

describe('a live response', () => {
  it('is asked for by GET too, with one of several operations', async () => {
    const { get } = await start();
    const query = `${SELLERS} ${OTHER}`;
    const response = await get({ query, operationName: 'Sellers', variables: '{"size":1}' });
    expect(await textUntil(response, FIRST)).toContain(FIRST);
  });

  it('is asked for by the hash of its document, once that is known', async () => {
    const { get, post } = await start();
    const unknown = await post({ extensions: PERSISTED });
    expect(await unknown.json()).toMatchObject({
      errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
    });
    expect(await textUntil(await post({ query: SELLERS, extensions: PERSISTED }), FIRST)).toContain(FIRST);
    expect(await textUntil(await post({ extensions: PERSISTED }), FIRST)).toContain(FIRST);
    const byGet = await get({ extensions: JSON.stringify(PERSISTED) });
    expect(await textUntil(byGet, FIRST)).toContain(FIRST);
  });

  it('is given for a trusted document, and refused for another', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'catalog-gateway-live-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'documents.json');
    writeFileSync(file, JSON.stringify({ [hash]: SELLERS }));
    const { post } = await start({ PERSISTED_ONLY: 'true', PERSISTED_DOCUMENTS: file });
    expect(await textUntil(await post({ extensions: PERSISTED }), FIRST)).toContain(FIRST);
    const refused = await post({ query: SELLERS.replace('name', 'id') });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
  });
});
