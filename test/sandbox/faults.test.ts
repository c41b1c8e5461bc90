import { describe, expect, it, vi } from 'vitest';
import { requestToken, runSandbox } from './running-sandbox.ts';

describe('the error rate', () => {
  it('fails every request of the Catalog API at 1, and none at 0', async () => {
    const { sandbox, get } = await runSandbox({ errorRate: 1 });
    const failed = await get('/Seller');
    expect(failed.status).toBe(500);
    expect(failed.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await failed.json()).toMatchObject({ status: 500, title: 'Internal Server Error' });
    sandbox.configure({ errorRate: 0 });
    expect((await get('/Seller')).status).toBe(200);
  });

  it('picks the same requests for the same seed', async () => {
    const outcomes = async () => {
      const { get } = await runSandbox({ errorRate: 0.5, sellers: 1 });
      const statuses: number[] = [];
      for (let n = 0; n < 30; n++) statuses.push((await get('/Seller')).status);
      return statuses;
    };
    const first = await outcomes();
    expect(new Set(first)).toEqual(new Set([200, 500]));
    expect(await outcomes()).toEqual(first);
  });

  it.each([
    [429, '1'],
    [503, '1'],
    [502, null],
  ])('fails with status %i and Retry-After %s', async (errorStatus, retryAfter) => {
    const { get } = await runSandbox({ errorRate: 1, errorStatus });
    const response = await get('/Catalog');
    expect(response.status).toBe(errorStatus);
    expect(response.headers.get('retry-after')).toBe(retryAfter);
  });

  it('does not affect the token endpoint', async () => {
    const { sandbox } = await runSandbox({ errorRate: 1, fault: 'hang' });
    expect((await requestToken(sandbox)).status).toBe(200);
  });
});

describe('faults', () => {
  it('hang: the request arrives and is never answered', async () => {
    const { sandbox, get } = await runSandbox({ fault: 'hang' });
    const answered = vi.fn();
    const request = get('/Seller').then(answered);
    await vi.waitFor(() => expect(sandbox.requests()['GET /Seller']).toBe(1));
    // Whatever is still to come on this connection or another has come when a later request has been answered.
    await requestToken(sandbox);
    expect(answered).not.toHaveBeenCalled();
    await sandbox.close();
    await expect(request).rejects.toThrow();
  });

  it('slow-body: the headers arrive, and then the body in small pieces', async () => {
    const { get } = await runSandbox({ fault: 'slow-body' });
    const response = await get('/Seller');
    expect(response.status).toBe(200);
    const length = Number(response.headers.get('content-length'));
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(first?.value?.length).toBeLessThan(length / 10);
    await reader?.cancel();
  });

  it('slow-body: a short body arrives whole', async () => {
    const { sandbox, json } = await runSandbox({ sellers: 0 });
    const expected = await json('/Seller');
    sandbox.configure({ fault: 'slow-body' });
    expect(await json('/Seller')).toEqual(expected);
  });

  it('truncated: a complete HTTP message with half of the JSON', async () => {
    const { sandbox, get } = await runSandbox();
    const whole = await (await get('/Catalog')).text();
    sandbox.configure({ fault: 'truncated' });
    const response = await get('/Catalog');
    expect(response.status).toBe(200);
    const half = await response.text();
    expect(half).toBe(whole.slice(0, half.length));
    expect(half.length).toBe(Math.floor(whole.length / 2));
    expect(() => JSON.parse(half)).toThrow(SyntaxError);
  });

  it('wrong-types: the shape of the contract with ids as text and a word for totalItems', async () => {
    const { sandbox, json } = await runSandbox();
    type Page = { items: { id: unknown; name: unknown }[]; totalItems: unknown };
    const right = await json<Page>('/Seller');
    sandbox.configure({ fault: 'wrong-types' });
    const wrong = await json<Page>('/Seller');
    expect(Object.keys(wrong)).toEqual(Object.keys(right));
    expect(wrong.totalItems).toEqual(expect.any(String));
    expect(wrong.items.map(({ id }) => id)).toEqual(right.items.map(({ id }) => String(id)));
    expect(wrong.items.map(({ name }) => name)).toEqual(right.items.map(({ name }) => name));
  });

  it('html: a page with status 200', async () => {
    const { get } = await runSandbox({ fault: 'html' });
    const response = await get('/Seller');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await response.text()).toMatch(/^<!doctype html>/);
  });

  it('empty-object: {} as JSON, with status 200', async () => {
    const { get } = await runSandbox({ fault: 'empty-object' });
    const response = await get('/Seller/3');
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.text()).toBe('{}');
  });

  it('cut: the connection ends in the middle of the body', async () => {
    const { get } = await runSandbox({ fault: 'cut' });
    const response = await get('/Catalog');
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  it('none: valid responses again', async () => {
    const { sandbox, get } = await runSandbox({ fault: 'cut' });
    sandbox.configure({ fault: 'none' });
    expect((await get('/Seller')).status).toBe(200);
  });
});
