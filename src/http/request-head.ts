import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** The target of a request. */
export interface RequestTarget {
  /** Without a slash at its end, and with unreserved characters not percent-encoded. `*` stands for the whole server. */
  readonly path: string;
  /** The part after the first question mark, as it was sent. */
  readonly query: string;
}

const ABSOLUTE = /^https?:\/\/([^/?#]+)(.*)$/i;
// RFC 3986, 3.2.2 and 3.2.3: a name, an IPv4 address or an IPv6 address in brackets, and maybe a port.
const HOST = /^(\[[0-9a-f:.]+\]|([\w.~!$&'()*+,;=-]|%[0-9a-f]{2})*)(:\d*)?$/i;
const PLAIN_PATH = /^\/[\w/.-]*$/;
const UNRESERVED = /[\w.~-]/;

/**
 * Reads the request target in each of its forms (RFC 9112, 3.2): `/path?query`, `http://host/path?query`, and `*` for
 * OPTIONS. Null for any other form, and for a missing, malformed or second Host header: the status is 400 then.
 */
export function readTarget({ url = '', method, headers, rawHeaders }: IncomingMessage): RequestTarget | null {
  if (!HOST.test(headers.host ?? '') || hasTwoHosts(rawHeaders)) return null;
  if (url === '*') return method === 'OPTIONS' ? { path: '*', query: '' } : null;
  const origin = url.startsWith('/') ? url : originForm(url);
  if (origin === null) return null;
  const mark = origin.indexOf('?');
  const path = normalized(mark < 0 ? origin : origin.slice(0, mark));
  return path === null ? null : { path, query: mark < 0 ? '' : origin.slice(mark + 1) };
}

function originForm(url: string): string | null {
  const [, authority = '@', rest = ''] = ABSOLUTE.exec(url) ?? [];
  if (!HOST.test(authority)) return null;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function normalized(path: string): string | null {
  const decoded = PLAIN_PATH.test(path) ? path : decodeUnreserved(path);
  return decoded !== null && decoded.length > 1 && decoded.endsWith('/') ? decoded.slice(0, -1) : decoded;
}

function decodeUnreserved(path: string): string | null {
  if (path.includes('#') || /%(?![0-9a-f]{2})/i.test(path)) return null;
  return path.replace(/%[0-9a-f]{2}/gi, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
    return UNRESERVED.test(character) ? character : encoded;
  });
}

/** Node keeps the first and drops the others. */
function hasTwoHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}

// Log lines and headers hold these without escaping.
const ACCEPTABLE = /^[\w.:/+=-]{1,128}$/;

/**
 * Gives each request its id: the one of the client or a proxy in `X-Request-Id`, or a unique one of the process and a
 * count.
 */
export function createRequestIds(): (request: IncomingMessage) => string {
  const process = randomUUID();
  let count = 0;
  return ({ headers }) => {
    const given = headers['x-request-id'];
    if (typeof given === 'string' && ACCEPTABLE.test(given)) return given;
    count += 1;
    return `${process}-${count.toString(36)}`;
  };
}

/** The name that a client sends. Any client can send any name, so it appears in logs and decides nothing. */
export interface ClientName {
  readonly name: string;
  readonly version: string | null;
}

/** Reads the headers that Apollo Client sends, or `x-graphql-client-name` and `x-graphql-client-version`. */
export function clientNameOf(headers: IncomingHttpHeaders): ClientName | null {
  const name = headers['apollographql-client-name'] ?? headers['x-graphql-client-name'];
  if (typeof name !== 'string' || name === '') return null;
  const version = headers['apollographql-client-version'] ?? headers['x-graphql-client-version'];
  return { name, version: typeof version === 'string' && version !== '' ? version : null };
}
