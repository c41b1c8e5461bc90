import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { type AdminGuard, guardedRoute } from '../admin/guard.ts';
import type { Identify } from '../auth/identity.ts';
import { isNavigation, redirectToSignIn } from '../auth/sign-in-redirect.ts';
import { type Asset, createAsset, servesOnce } from '../negotiation/asset.ts';
import { PATHS } from '../paths.ts';
import { GET, type Route } from '../route.ts';

const PATH = PATHS.observatory;

const PAGE_FILES = [
  ...['icon.svg', 'theme.css', 'layout.css', 'charts.css', 'tables.css', 'freshness.css', 'inspector.css'],
  ...['main.js', 'ask.js', 'feed.js', 'history.js', 'figures.js', 'element.js', 'words.js'],
  ...[
    'tiles.js',
    'sign-in.js',
    'live.js',
    'state.js',
    'chart.js',
    'scales.js',
    'stack.js',
    'charts.js',
    'lookups.js',
    'freshness.js',
    'hottest.js',
  ],
  ...[
    'dated-table.js',
    'failures.js',
    'warm.js',
    'invalidations.js',
    'inspector.js',
    'tier.js',
    'invalidate.js',
  ],
];

// The file of each path. No part of a requested path ever names a file.
const FILES: ReadonlyMap<string, () => string> = new Map([
  [PATH, () => import.meta.resolve('./page/index.html')],
  [`${PATH}/uplot.js`, () => import.meta.resolve('uplot/dist/uPlot.esm.js')],
  [`${PATH}/uplot.css`, () => import.meta.resolve('uplot/dist/uPlot.min.css')],
  ...PAGE_FILES.map((name) => [`${PATH}/${name}`, () => import.meta.resolve(`./page/${name}`)] as const),
]);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

// Everything comes from this host: no inline script or style, no other host, no frame around the page.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

// The page has it for a gateway where people sign in.
const ACCOUNT_LINK = /\s*<li><a href="\/sign-in.*/;

// The page needs credentials, so no shared cache may store it.
const CACHING = { cacheControl: 'private, no-cache', vary: 'Accept-Encoding' };

interface ObservatoryOptions {
  /** Whether there is a page for signing in, to which it links. */
  readonly signIn: boolean;
  /** Identifies users who are operators once they have signed in; null if the admin token alone opens the page. */
  readonly identify: Identify | null;
}

/**
 * The page on which operators watch the gateway. It requests `/admin/` by itself, so that it costs nothing while nobody
 * looks. Its files are read at the first request, and kept.
 */
export function createObservatory(
  guard: AdminGuard,
  { signIn, identify }: ObservatoryOptions,
): readonly Route[] {
  return [...FILES].map(([path, urlOf]) => {
    const serveFile = servesOnce(() => load(urlOf(), signIn), CACHING);
    const serve: Route['serve'] = ({ request, response }) => serveFile(request, response);
    const route = guardedRoute({ path, methods: GET, serve }, guard);
    return identify && path === PATH ? redirectingNobody(route, identify) : route;
  });
}

/** Sends a person who opens the page without credentials to the page to sign in. */
function redirectingNobody(route: Route, identify: Identify): Route {
  const nobodies = new WeakSet<object>();
  return {
    ...route,
    async authorize(exchange) {
      const { request } = exchange;
      const mayRedirect = isNavigation(request) && request.headers.authorization === undefined;
      if (mayRedirect && !(await identify(request)).principal) nobodies.add(exchange);
      else await route.authorize?.(exchange);
    },
    async serve(exchange) {
      if (nobodies.has(exchange)) redirectToSignIn(exchange.request, exchange.response);
      else await route.serve(exchange);
    },
  };
}

async function load(url: string, signIn: boolean): Promise<Asset> {
  const bytes = await readFile(new URL(url));
  const isPage = extname(url) === '.html';
  return createAsset(isPage && !signIn ? Buffer.from(`${bytes}`.replace(ACCOUNT_LINK, '')) : bytes, {
    'Content-Type': TYPES[extname(url)],
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'Referrer-Policy': 'no-referrer',
  });
}
