import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Cookies, parseCookie, stringifySetCookie } from 'cookie';
import type { SessionCookies } from '../../auth/session-api.ts';
import { rememberHeaders } from '../negotiation/representation.ts';

type Message = Pick<IncomingMessage, 'headers' | 'socket'>;

const NAMES = { id: 'sid', claim: 'sid-claim' } as const;
/** Browsers accept such a cookie only with Secure, for the whole origin, and from that origin (RFC 6265bis, 4.1.3.2). */
const PREFIX = '__Host-';

const NONE: ReadCookies = { guarded: null, plain: null };

interface ReadCookies {
  /** With the prefix. */
  readonly guarded: SessionCookies | null;
  readonly plain: SessionCookies | null;
}

// Each client has a header of its own: an id, a claim of about 400 characters, and cookies of others.
const REMEMBERED = { max: 5000, maxLength: 2048 };

// The same object for each request with the header: what was verified is remembered by it.
const read = rememberHeaders((header): ReadCookies => {
  if (!header.includes(NAMES.id)) return NONE;
  const cookies = parseCookie(header);
  return { guarded: pairOf(cookies, PREFIX), plain: pairOf(cookies, '') };
}, REMEMBERED);

function pairOf(cookies: Cookies, prefix: string): SessionCookies | null {
  const id = cookies[`${prefix}${NAMES.id}`];
  return id === undefined ? null : { id, claim: cookies[`${prefix}${NAMES.claim}`] ?? null };
}

/** Reads the cookies of sessions from requests, and sets them in responses. */
export interface CookieAccess {
  /** The cookies of the session that a request carries; null without an id. */
  read(request: Message): SessionCookies | null;
  set(request: Message, response: ServerResponse, cookies: NewCookies): void;
  clear(request: Message, response: ServerResponse): void;
}

interface NewCookies {
  /** Absent to leave the id as it is. */
  readonly id?: string;
  readonly claim: string | null;
  /** How long the browser keeps the cookies, in milliseconds. */
  readonly maxAgeMs: number;
}

/** `hasProxy`: whether the gateway is configured for proxies in front. Then all cookies have the prefix. */
export function createCookieAccess({ hasProxy }: { readonly hasProxy: boolean }): CookieAccess {
  return {
    read(request) {
      const { cookie } = request.headers;
      if (cookie === undefined) return null;
      const { guarded, plain } = read(cookie);
      // Without the prefix, any page of a neighbouring port or domain could have set them.
      return guarded ?? (plain && isPlain(request) ? plain : null);
    },
    set(request, response, { id, claim, maxAgeMs }) {
      if (id !== undefined) append(request, response, NAMES.id, id, maxAgeMs);
      if (claim !== null) append(request, response, NAMES.claim, claim, maxAgeMs);
    },
    clear(request, response) {
      for (const name of Object.values(NAMES)) append(request, response, name, '', 0);
    },
  };

  function append(request: Message, response: ServerResponse, name: string, value: string, maxAgeMs: number) {
    const plain = isPlain(request);
    const cookie = stringifySetCookie({
      name: plain ? name : `${PREFIX}${name}`,
      value,
      httpOnly: true,
      secure: !plain,
      sameSite: 'lax',
      path: '/',
      maxAge: Math.floor(maxAgeMs / 1000),
    });
    response.appendHeader('Set-Cookie', cookie);
  }

  function isPlain(request: Message): boolean {
    return !hasProxy && isOnLoopback(request);
  }
}

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;
const LOOPBACK_ADDRESS = /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/;

/** Whether a browser on this machine speaks to the gateway without a proxy, and so without TLS. */
function isOnLoopback({ headers, socket }: Message): boolean {
  return (
    LOOPBACK_HOST.test(headers.host ?? '') &&
    LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '') &&
    !hasProxyHeader(headers)
  );
}

/** What proxies add. One on this machine may also replace Host by the gateway's address, as nginx does by default. */
function hasProxyHeader(headers: Message['headers']): boolean {
  return (
    headers.forwarded !== undefined ||
    headers.via !== undefined ||
    headers['x-forwarded-for'] !== undefined ||
    headers['x-forwarded-host'] !== undefined ||
    headers['x-forwarded-proto'] !== undefined
  );
}
