import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../domain/clock.ts';
import { type Controls, createControls } from './controls.ts';
import { createRequestHandler } from './routes/request-handler.ts';
import { createTokens } from './routes/tokens.ts';
import { createTraffic } from './routes/traffic.ts';
import { changeSettings, DEFAULT_SETTINGS, type SandboxSettings } from './settings.ts';
import { createWebhooks, type WebhookOptions } from './webhooks.ts';
import { createWorld } from './world.ts';

export { SANDBOX_CREDENTIALS, SANDBOX_USERS } from './routes/tokens.ts';

/** A running sandbox. It can be watched and changed in process, and over HTTP at `controlUrl`. */
export interface Sandbox extends Controls {
  readonly catalogUrl: string;
  readonly identityUrl: string;
  readonly controlUrl: string;
  /** Also sends its webhooks to this URL. Without webhook options, it sends none. */
  addWebhookUrl(url: string): void;
  /** Ends every connection, those with a hanging request too. */
  close(): Promise<void>;
}

export interface SandboxOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly settings: Partial<SandboxSettings>;
  /** What day it is, which all dates are around, and which tokens have expired. */
  readonly clock: Pick<Clock, 'now'>;
  /** Default: no webhooks. */
  readonly webhooks?: WebhookOptions | null;
}

/**
 * Starts a server that speaks the contract of the ABConnect Catalog API and its token endpoint, with made-up data:
 * the same seed and UTC day give the same bytes.
 * @throws InvalidInput for wrong settings, and the system's error where the address cannot be listened on.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { host, port, settings, clock } = options;
  const world = { current: createWorld(changeSettings(DEFAULT_SETTINGS, settings), clock) };
  const traffic = createTraffic();
  const closing = new AbortController();
  const webhooks = options.webhooks ? createWebhooks(options.webhooks, clock, closing.signal) : null;
  const controls = createControls({ world, traffic, clock, webhooks });
  const tokens = createTokens({
    seed: world.current.settings.seed,
    ttlSeconds: () => world.current.settings.tokenTtlSeconds,
    clock,
  });
  const handle = createRequestHandler({ world, controls, traffic, tokens, closing: closing.signal });

  const server = createServer((request, response) => {
    handle(request, response).catch((error: Error) => {
      if (closing.signal.aborted || response.headersSent) return response.destroy();
      // A failing of the sandbox's own must not pass for one of those that it plays.
      return response.writeHead(500).end(`Internal error of the sandbox: ${error.message}\n`);
    });
  });
  await once(server.listen(port, host), 'listening');

  const baseUrl = urlOf(server);
  let closed: Promise<void> | null = null;
  return {
    ...controls,
    catalogUrl: `${baseUrl}/api`,
    identityUrl: `${baseUrl}/connect/token`,
    controlUrl: `${baseUrl}/control`,
    addWebhookUrl: (url) => webhooks?.addUrl(url),
    close() {
      closing.abort();
      closed ??= new Promise((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}

function urlOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  // A server on all addresses is on this one too, and a wildcard is nothing to connect to.
  if (address === '0.0.0.0' || address === '::') return `http://127.0.0.1:${port}`;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
