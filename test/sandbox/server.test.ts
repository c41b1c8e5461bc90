import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { requestToken, runSandbox } from './running-sandbox.ts';

describe('routes', () => {
  it('shows a help page at /', async () => {
    const { sandbox } = await runSandbox();
    const response = await fetch(new URL('/', sandbox.catalogUrl));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    const page = await response.text();
    for (const route of ['/connect/token', '/api/Seller/{id}', '/api/Catalog', '/control/catalogs/{id}']) {
      expect(page).toContain(route);
    }
  });

  it.each(['/nothing', '/api/Lot', '/api/Seller/3/catalogs', '/api/Seller/', '//'])(
    'unknown route %s is answered 404 as a problem',
    async (path) => {
      const { sandbox } = await runSandbox();
      const response = await fetch(`${new URL(sandbox.catalogUrl).origin}${path}`);
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    },
  );

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'HEAD'])('%s of a list is answered 405', async (method) => {
    const { sandbox } = await runSandbox();
    const response = await fetch(`${sandbox.catalogUrl}/Catalog`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET');
  });

  it('GET of the token endpoint is answered 405', async () => {
    const { sandbox } = await runSandbox();
    const response = await fetch(sandbox.identityUrl);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  it('survives non-HTTP data, and a client that disconnects during a body', async () => {
    const { sandbox, get } = await runSandbox();
    const port = Number(new URL(sandbox.catalogUrl).port);
    expect(await text(connect(port, '127.0.0.1').end('nonsense\r\n\r\n'))).toMatch(/^HTTP\/1.1 400 /);
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /connect/token HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\ngrant_type=');
    await vi.waitFor(() => expect(sandbox.requests()['POST /connect/token']).toBe(1));
    socket.destroy();
    expect((await get('/Seller')).status).toBe(200);
  });
});

describe('latency', () => {
  it('delays a request after counting it', async () => {
    const { sandbox, get } = await runSandbox();
    sandbox.configure({ latencyMs: { min: 999_999, max: 999_999 } });
    const answered = vi.fn();
    const waiting = get('/Seller').then(answered);
    await vi.waitFor(() => expect(sandbox.requests()['GET /Seller']).toBe(1));
    expect(answered).not.toHaveBeenCalled();
    await sandbox.close();
    await expect(waiting).rejects.toThrow();
  });
});

describe('start and close', () => {
  it('rejects invalid settings, with all faults in the message', async () => {
    const settings = { lots: -1, fault: 'boom' as never };
    const start = startSandbox({ host: '127.0.0.1', port: 0, settings, clock: Date });
    await expect(start).rejects.toThrow(/lots must be .*; fault must be one of/);
  });

  it('fails if the port is in use', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void holder.close());
    await vi.waitFor(() => expect(holder.listening).toBe(true));
    const { port } = holder.address() as AddressInfo;
    const start = startSandbox({ host: '127.0.0.1', port, settings: {}, clock: Date });
    await expect(start).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('gives a connectable address if it listens on all addresses', async () => {
    const sandbox = await startSandbox({ host: '0.0.0.0', port: 0, settings: {}, clock: Date });
    onTestFinished(() => sandbox.close());
    expect(sandbox.catalogUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api$/);
  });

  it('closes twice, and then answers no request', async () => {
    const { sandbox } = await runSandbox();
    await sandbox.close();
    await sandbox.close();
    await expect(requestToken(sandbox)).rejects.toThrow();
  });
});
