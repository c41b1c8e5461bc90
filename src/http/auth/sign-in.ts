import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { isUserName } from '../../auth/sign-in.ts';
import { GatewayError, RateLimited } from '../../domain/errors.ts';
import type { Principal } from '../../domain/principal.ts';
import type { Exchange } from '../exchange.ts';
import { createAsset, servesOnce } from '../negotiation/asset.ts';
import { PATHS } from '../paths.ts';
import { crossSite, RequestRefused } from '../refusal.ts';
import { GET, type Route } from '../route.ts';
import { CHALLENGE } from './identity.ts';
import { safeNext } from './safe-next.ts';
import { isSameOrigin } from './same-origin.ts';
import { CLEARED } from './session-route.ts';
import type { SessionService } from './session-service.ts';
import { type Notice, renderSignIn, type SignInLinks } from './sign-in-page.ts';

/** Longer than any user name with its password. */
const MAX_BODY_BYTES = 4096;
const UNAVAILABLE_MS = 1000;

// Nothing runs, and everything comes from here. The form may be sent to this origin only.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const FILES = [
  ['icon.svg', '../observatory/page/icon.svg', 'image/svg+xml'],
  ['theme.css', '../observatory/page/theme.css', 'text/css; charset=utf-8'],
  ['page.css', './sign-in.css', 'text/css; charset=utf-8'],
] as const;

/** The page on which people sign in and out, without script, and its files. */
export function createSignIn(service: SessionService, links: SignInLinks): readonly Route[] {
  return [
    { path: PATHS.signIn, methods: [...GET, 'POST'], serve },
    ...FILES.map(([name, file, type]) => fileRoute(`${PATHS.signIn}/${name}`, file, type)),
  ];

  async function serve(exchange: Exchange): Promise<void> {
    try {
      await (exchange.request.method === 'POST' ? change(exchange) : show(exchange));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      send(exchange, 503, { notice: { kind: 'unavailable' }, retryAfterMs: error.retryAfterMs });
    }
  }

  async function show(exchange: Exchange): Promise<void> {
    send(exchange, 200, { principal: await service.whoIs(exchange) });
  }

  async function change(exchange: Exchange): Promise<void> {
    checkForm(exchange.request.headers);
    const form = new URLSearchParams((await exchange.bodies.read(exchange, MAX_BODY_BYTES)).toString());
    const action = form.get('action');
    if (action === 'sign-out' || action === 'sign-out-everywhere') {
      const result = await service.signOut(exchange, action === 'sign-out-everywhere').catch(unlessNobody);
      // All sessions of nobody cannot end: the form lets them sign in first.
      if (result === null) return send(exchange, 401, {});
      exchange.response.setHeader('Clear-Site-Data', CLEARED['Clear-Site-Data']);
      if (result === 'done') send(exchange, 200, { notice: { kind: 'signed-out' } });
      else send(exchange, 202, { notice: { kind: 'sign-out-kept' } });
    } else await signIn(exchange, form);
  }

  async function signIn(exchange: Exchange, form: URLSearchParams): Promise<void> {
    const [username, password] = [form.get('username') ?? '', form.get('password') ?? ''];
    if (!isUserName(username)) return send(exchange, 401, { username, notice: { kind: 'rejected' } });
    try {
      const principal = await service.signIn(exchange, { username, password });
      if (!principal) return send(exchange, 401, { username, notice: { kind: 'rejected' } });
      exchange.response
        .writeHead(303, { Location: targetOf(exchange), 'Cache-Control': 'no-store', 'Content-Length': 0 })
        .end();
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const { retryAfterMs = UNAVAILABLE_MS } = error;
      if (error instanceof RateLimited)
        send(exchange, 429, { username, notice: { kind: 'limited', retryAfterMs }, retryAfterMs });
      else send(exchange, 503, { username, notice: { kind: 'unavailable' }, retryAfterMs });
    }
  }

  // Without GraphiQL, /graphql is no page.
  function targetOf(exchange: Exchange): string {
    const next = nextOf(exchange);
    return next.startsWith(PATHS.graphql) && !links.graphiql ? PATHS.signIn : next;
  }

  function send(exchange: Exchange, status: Status, state: PageState): void {
    const { retryAfterMs = UNAVAILABLE_MS, ...shown } = state;
    const page = Buffer.from(renderSignIn({ principal: null, next: nextOf(exchange), links, ...shown }));
    exchange.response
      .writeHead(status, {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Length': page.length,
        'Content-Security-Policy': CONTENT_SECURITY_POLICY,
        'Cache-Control': 'no-store',
        // With no-referrer, browsers would send the form with `Origin: null`.
        'Referrer-Policy': 'same-origin',
        'X-Content-Type-Options': 'nosniff',
        // A 401 must name a way to authenticate (RFC 9110, 11.6.1). Browsers show no dialog for this one.
        ...(status === 401 && CHALLENGE),
        ...((status === 429 || status === 503) && {
          'Retry-After': String(Math.max(1, Math.ceil(retryAfterMs / 1000))),
        }),
      })
      .end(page);
  }
}

type Status = 200 | 202 | 401 | 429 | 503;

interface PageState {
  readonly principal?: Principal | null;
  readonly username?: string;
  readonly notice?: Notice;
  readonly retryAfterMs?: number | undefined;
}

/** Null if nobody is signed in. */
function unlessNobody(error: unknown): null {
  if (error instanceof RequestRefused && error.status === 401) return null;
  throw error;
}

function nextOf({ query }: Exchange): string {
  return safeNext(new URLSearchParams(query).get('next') ?? '');
}

/**
 * Refuses forms of other sites, which could sign people in as somebody else (login CSRF).
 * @throws RequestRefused with 403 or 415.
 */
function checkForm(headers: IncomingHttpHeaders): void {
  if (!isSameOrigin(headers)) {
    throw crossSite();
  }
  const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(headers['content-type'] ?? '');
  if (isForm && (headers['content-encoding'] ?? 'identity') === 'identity') return;
  const message = 'The request body must be application/x-www-form-urlencoded and not compressed.';
  throw new RequestRefused(415, message);
}

function fileRoute(path: string, file: string, type: string): Route {
  const serveFile = servesOnce(
    async () => createAsset(await readFile(new URL(file, import.meta.url)), { 'Content-Type': type }),
    { cacheControl: 'no-cache', vary: 'Accept-Encoding' },
  );
  return { path, methods: GET, serve: ({ request, response }) => serveFile(request, response) };
}
