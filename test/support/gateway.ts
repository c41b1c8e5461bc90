import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { type DocumentNode, print } from 'graphql';
import { onTestFinished } from 'vitest';
import { startApp } from '../../src/app/app.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { ErrorCode } from '../../src/domain/errors.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import type { GatewayEvent } from '../../src/telemetry/logs/log-events.ts';
import { CATALOG_URL, CREDENTIALS, IDENTITY_URL } from './catalog-api-mock.ts';
import { idleProcess } from './metrics.ts';

/** The whole server on a port of its own, in front of the mocked Catalog API. */
export interface TestGateway {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly events: readonly GatewayEvent[];
  /** The embedded sandbox, if that is the upstream. */
  readonly sandbox: Sandbox | null;
  /** The gateway's clock, which stands still until a test moves it. */
  readonly clock: { ms: number };
  /** Sends a typed operation over HTTP, with a bearer token if given. */
  query<D, V>(operation: TypedDocumentNode<D, V>, variables: V, token?: string): Promise<Answer<D>>;
  close(): Promise<void>;
}

interface Answer<D> {
  readonly status: number;
  readonly data: D | null | undefined;
  readonly errors: readonly {
    message: string;
    path?: (string | number)[];
    extensions: { code: ErrorCode };
  }[];
}

export const NOW = Date.parse('2026-06-15T12:00:00Z');

/**
 * Starts a gateway with these variables on top of the defaults for tests. It is closed when the test has finished.
 * `random` is uniform in [0, 1); default 0.5, the middle of every jitter.
 */
export async function startGateway(
  variables: Record<string, string> = {},
  { random = () => 0.5 }: { readonly random?: () => number } = {},
): Promise<TestGateway> {
  const config = loadConfig({
    PORT: '0',
    NODE_ENV: 'test',
    // Redis may be slow on a busy machine, and no test measures its speed.
    REDIS_BUDGET_MS: '5000',
    ABCONNECT_CATALOG_URL: CATALOG_URL,
    ABCONNECT_IDENTITY_URL: IDENTITY_URL,
    ABCONNECT_USERNAME: CREDENTIALS.username,
    ABCONNECT_PASSWORD: CREDENTIALS.password,
    ABCONNECT_CLIENT_ID: CREDENTIALS.clientId,
    ABCONNECT_CLIENT_SECRET: CREDENTIALS.clientSecret,
    ...variables,
  });
  const clock = { ms: NOW };
  const events: GatewayEvent[] = [];
  const app = await startApp(config, {
    process: idleProcess,
    report: (event) => events.push(event),
    clock: { now: () => clock.ms, monotonic: () => clock.ms },
    random,
  });
  const origin = `http://127.0.0.1:${app.port}`;
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= app.close();
    return closing;
  };
  onTestFinished(close);
  return {
    origin,
    events,
    sandbox: app.sandbox,
    clock,
    close,
    async query(operation, variables, token) {
      const response = await fetch(`${origin}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json',
          ...(token && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ query: print(operation as DocumentNode), variables }),
      });
      const body = (await response.json()) as Partial<Answer<never>>;
      return { data: body.data, errors: body.errors ?? [], status: response.status };
    },
  };
}
