import { onTestFinished } from 'vitest';
import {
  SANDBOX_CREDENTIALS,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from '../../src/sandbox/server.ts';

export const NOON = Date.UTC(2026, 9, 5, 12);
export const TODAY = '2026-10-05T00:00:00';

export interface RunningSandbox {
  readonly sandbox: Sandbox;
  /** The sandbox's clock, which stands still until a test moves it. */
  readonly clock: { time: number; now(): number };
  /** A GET of the Catalog API with a valid token; `path` starts with a slash. */
  get(path: string): Promise<Response>;
  /** The JSON of such a GET. */
  json<T = Record<string, unknown>>(path: string): Promise<T>;
  /** A request of a control route; the body is sent as JSON. */
  control(method: string, path?: string, body?: unknown): Promise<Response>;
}

/** A sandbox without latency that ends with the test. */
export async function runSandbox(
  settings: SandboxOptions['settings'] = {},
  webhooks: SandboxOptions['webhooks'] = null,
): Promise<RunningSandbox> {
  const clock = { time: NOON, now: () => clock.time };
  const sandbox = await startSandbox({
    host: '127.0.0.1',
    port: 0,
    settings: { latencyMs: { min: 0, max: 0 }, ...settings },
    clock,
    webhooks,
  });
  onTestFinished(() => sandbox.close());
  const { access_token } = await (await requestToken(sandbox)).json();
  sandbox.resetRequests();

  const get = (path: string) =>
    fetch(`${sandbox.catalogUrl}${path}`, { headers: { authorization: `Bearer ${access_token}` } });
  return {
    sandbox,
    clock,
    get,
    json: async (path) => (await get(path)).json(),
    control: (method, path = '', body) =>
      fetch(`${sandbox.controlUrl}${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

/** Asks for a token with the password grant; `fields` replace or add form fields. */
export function requestToken(sandbox: Sandbox, fields: Record<string, string> = {}): Promise<Response> {
  const { username, password, clientId, clientSecret } = SANDBOX_CREDENTIALS;
  const body = new URLSearchParams({
    grant_type: 'password',
    username,
    password,
    client_id: clientId,
    client_secret: clientSecret,
    scope: 'offline_access',
    ...fields,
  });
  return fetch(sandbox.identityUrl, { method: 'POST', body });
}
