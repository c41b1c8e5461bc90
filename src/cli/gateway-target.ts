import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { KeyPage } from '../cache/index.ts';
import type { Inspection } from '../repository/operations.ts';
import {
  type AcknowledgedInvalidation,
  CommandFailed,
  type GatewayTarget,
  type ListedSession,
  type RevocationResult,
  type WarmProgress,
  type WarmResult,
} from './target.ts';

const NO_GATEWAY = 'The server at this URL is not a catalog-gateway.';
const WENT_AWAY =
  'The connection to the gateway was lost during the warm-up. Run the command again to continue.';

/** A running gateway, through its admin API. Throws CommandFailed if a request to it fails. */
export function createGatewayTarget(url: string, adminToken: string): GatewayTarget {
  return {
    stats: () => getJson('stats'),
    inspect: (key) => getJson<Inspection>(`entries/${encodeURIComponent(key)}`),
    invalidate: async (tags) => readJson<AcknowledgedInvalidation>(await send('invalidations', { tags })),
    async *keys(pattern, all) {
      let cursor: string | null = '';
      while (cursor !== null) {
        const query = new URLSearchParams({ pattern, cursor, ...(all && { all: 'true' }) });
        const page: KeyPage = await getJson<KeyPage>(`keys?${query}`);
        yield page.keys;
        cursor = page.cursor;
      }
    },
    async warm(onProgress) {
      const { body } = await send('warm', {});
      let last: WarmProgress | WarmResult | undefined;
      try {
        // One line for each step; the last line has the result.
        for await (const line of createInterface({ input: Readable.fromWeb(body as never) })) {
          last = JSON.parse(line) as WarmProgress | WarmResult;
          onProgress(last);
        }
      } catch (cause) {
        throw new CommandFailed(cause instanceof SyntaxError ? NO_GATEWAY : WENT_AWAY, { cause });
      }
      if (last && 'complete' in last) return last;
      throw new CommandFailed(WENT_AWAY);
    },
    async sessions(user) {
      const query = user === null ? '' : `?${new URLSearchParams({ user })}`;
      return (await getJson<{ sessions: readonly ListedSession[] }>(`sessions${query}`)).sessions;
    },
    revoke: async (of) => readJson<RevocationResult>(await send('sessions/revocations', of)),
    close: async () => {},
  };

  async function getJson<T = Readonly<Record<string, unknown>>>(path: string): Promise<T> {
    return readJson<T>(await send(path));
  }

  async function send(path: string, body?: object): Promise<Response> {
    const response = await fetch(`${url}/admin/${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${adminToken}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new CommandFailed(`Cannot reach a gateway at ${url}.`, { cause });
    });
    if (response.ok) return response;
    throw new CommandFailed(await reasonOf(response, path));
  }
}

async function readJson<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (cause) {
    throw new CommandFailed(NO_GATEWAY, { cause });
  }
}

async function reasonOf(response: Response, path: string): Promise<string> {
  if (response.status === 401)
    return 'The gateway does not accept this token. Set ADMIN_TOKEN to the token of the gateway.';
  if (response.status === 404 && path.startsWith('sessions'))
    return 'The gateway has no sessions, or no admin API. Set AUTH and ADMIN_TOKEN in its configuration.';
  if (response.status === 404) return 'The gateway has no admin API. Set ADMIN_TOKEN in its configuration.';
  const body: { errors?: { message?: string }[] } = await response.json().catch(() => ({}));
  return body.errors?.[0]?.message ?? `The gateway responded with status ${response.status}.`;
}
