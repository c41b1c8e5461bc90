import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { AdminGuard } from '../admin/guard.ts';
import { guardedRoute } from '../admin/guarded-route.ts';
import { type Asset, createAsset, sendAsset } from '../negotiation/asset.ts';
import type { Route } from '../route.ts';

const PATH = '/observatory';

const PAGE_FILES = [
  ...['icon.svg', 'theme.css', 'layout.css', 'charts.css', 'tables.css', 'freshness.css', 'inspector.css'],
  ...['main.js', 'ask.js', 'feed.js', 'history.js', 'figures.js', 'element.js', 'words.js'],
  ...[
    'tiles.js',
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

// Where each path's file is. Nothing else is read: no part of a path ever names a file.
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

// All there is comes from here: no script or style within the page, nothing from or to another host, no frame around it.
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

// Behind credentials: no cache that others share may have it.
const CACHING = { cacheControl: 'private, no-cache', vary: 'Accept-Encoding' };

/**
 * The page that shows what the gateway does, for operators. It asks `/admin/` by itself, so that it costs nothing where
 * nobody looks. Its files are read when they are first asked for, and kept.
 */
export function createObservatory(guard: AdminGuard): Route {
  const assets = new Map<string, Promise<Asset>>();
  return guardedRoute(
    {
      matches: (path) => FILES.has(path),
      method: 'GET',
      async serve({ request, response, path }) {
        const asset = assets.get(path) ?? load(FILES.get(path)?.() ?? '');
        assets.set(path, asset);
        sendAsset(request, response, await asset, CACHING);
      },
    },
    guard,
  );
}

async function load(url: string): Promise<Asset> {
  return createAsset(await readFile(new URL(url)), {
    'Content-Type': TYPES[extname(url)],
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'Referrer-Policy': 'no-referrer',
  });
}
