import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { CREDENTIALS } from './catalog-api-mock.ts';

/** Answers one request; `call` counts the requests of its kind from 1. */
export type Respond = (response: ServerResponse, call: number, request: IncomingMessage) => void;

/** An upstream with real sockets. */
export interface RealUpstream {
  readonly urls: { readonly catalogUrl: string; readonly identityUrl: string };
  /** The environment of a gateway in front of it. */
  readonly variables: Readonly<Record<string, string>>;
  /** Number of received GETs and of received token requests. */
  calls(): number;
  tokenCalls(): number;
  /** Number of open connections. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

/** Starts an upstream that handles each GET by `respond`, and token requests by `grant` (default: a token). Ends with the test. */
export async function startUpstream(respond: Respond, grant: Respond = grantToken): Promise<RealUpstream> {
  const counts = { GET: 0, POST: 0 };
  const server = createServer((request, response) => {
    const method = request.method === 'POST' ? 'POST' : 'GET';
    counts[method] += 1;
    response.on('error', () => {});
    request.resume().on('end', () => {
      (method === 'POST' ? grant : respond)(response, counts[method], request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(close);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const urls = { catalogUrl: `${url}/api`, identityUrl: `${url}/connect/token` };
  return {
    urls,
    variables: {
      ABCONNECT_CATALOG_URL: urls.catalogUrl,
      ABCONNECT_IDENTITY_URL: urls.identityUrl,
      ABCONNECT_USERNAME: CREDENTIALS.username,
      ABCONNECT_PASSWORD: CREDENTIALS.password,
      ABCONNECT_CLIENT_ID: CREDENTIALS.clientId,
      ABCONNECT_CLIENT_SECRET: CREDENTIALS.clientSecret,
    },
    calls: () => counts.GET,
    tokenCalls: () => counts.POST,
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    close,
  };
}

export const grantToken: Respond = (response) =>
  void response.end(JSON.stringify({ access_token: 'a', expires_in: 3600 }));

/** Writes `piece` again and again while the client reads. */
export function pourOut(response: ServerResponse, piece: Buffer): void {
  const pour = () => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', pour);
  pour();
}
