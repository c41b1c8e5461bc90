import type { Config } from '../config/config.ts';
import { VERSION } from '../version.ts';
import type { App } from './app.ts';

const EXAMPLE =
  '{ sellers(pageSize: 3) { totalItems items { name futureCatalogs(pageSize: 2) { items { title startDate } } } } }';

/** The text at the start of the process. It contains no host or secret of another system. */
export function banner(config: Config, app: App): string {
  const origin = `http://${urlHost(config.http.host)}:${app.port}`;
  const url = `${origin}/graphql`;
  return [
    '',
    `  catalog-gateway ${VERSION} is listening`,
    '',
    `  upstream  ${upstreamLine(config)}`,
    ...(app.sandbox ? [`            settings and request counts: ${app.sandbox.controlUrl}`] : []),
    `  cache     ${config.cache.redis ? 'memory and Redis' : 'memory only (set REDIS_URL to share it)'}`,
    config.http.graphiql ? `  GraphiQL  ${url}` : `  GraphQL   ${url} (GraphiQL is off)`,
    `  observe   ${observatoryLine(config, origin)}`,
    '',
    '  Try:',
    `  curl -s ${url} -H 'content-type: application/json' -d '${JSON.stringify({ query: EXAMPLE })}'`,
    '',
    '',
  ].join('\n');
}

function observatoryLine({ adminToken, adminUsers, telemetry }: Config, origin: string): string {
  if (adminToken === null && adminUsers.length === 0) return 'set ADMIN_TOKEN to enable the observatory';
  if (!telemetry.observatory) return 'set OBSERVATORY=true to enable the observatory';
  if (adminUsers.length > 0) return `${origin}/observatory (sign in as one of ADMIN_USERS)`;
  return `${origin}/observatory (any user name, ADMIN_TOKEN as the password)`;
}

function upstreamLine({ upstream: { source } }: Config): string {
  if (source.kind === 'sandbox') return 'THE EMBEDDED SANDBOX: every seller and catalog is made up';
  return `ABConnect, ${source.environment}`;
}

function urlHost(host: string): string {
  if (['127.0.0.1', '0.0.0.0', '::', '::1'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
