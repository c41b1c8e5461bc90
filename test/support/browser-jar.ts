import { parseSetCookie, stringifyCookie } from 'cookie';
import { USERS } from './catalog-api-mock.ts';

/** A client that keeps cookies as a browser does. */
export interface BrowserJar {
  readonly origin: string;
  readonly cookies: Map<string, string>;
  /** A request to a path of the gateway, with the cookies. */
  send(path: string, init?: RequestInit): Promise<Response>;
  /** Signs in with the user's password, or the given one. */
  signIn(username?: string, password?: string): Promise<Response>;
  signOut(everywhere?: boolean): Promise<Response>;
  /** The response to a GraphQL operation by POST. */
  ask(query: string, headers?: Record<string, string>): Promise<Response>;
  /** The JSON of the same. */
  data(query: string): Promise<unknown>;
  /** The same cookies for another gateway, or a copy that a thief has. */
  at(origin?: string): BrowserJar;
}

export function createBrowserJar(origin: string, cookies = new Map<string, string>()): BrowserJar {
  const jar: BrowserJar = {
    origin,
    cookies,
    async send(path, init = {}) {
      const headers = new Headers(init.headers);
      if (cookies.size > 0 && !headers.has('cookie'))
        headers.set('cookie', stringifyCookie(Object.fromEntries(cookies)));
      const response = await fetch(`${origin}${path}`, { redirect: 'manual', ...init, headers });
      for (const line of response.headers.getSetCookie()) {
        const { name, value = '', maxAge } = parseSetCookie(line);
        if (maxAge === 0) cookies.delete(name);
        else cookies.set(name, value);
      }
      return response;
    },
    signIn: (username = 'anna', password = USERS[username] ?? '') =>
      jar.send('/session', post({ username, password })),
    signOut: (everywhere = false) =>
      jar.send(`/session${everywhere ? '?everywhere=true' : ''}`, { method: 'DELETE' }),
    ask: (query, headers) => jar.send('/graphql', post({ query }, headers)),
    data: async (query) => (await jar.ask(query)).json(),
    at: (other = origin) => createBrowserJar(other, new Map(cookies)),
  };
  return jar;
}

function post(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}
