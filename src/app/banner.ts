import type { Config } from '../config/config.ts';
import { PATHS } from '../http/paths.ts';
import { SANDBOX_USERS } from '../sandbox/server.ts';
import { VERSION } from '../version.ts';
import type { App } from './app.ts';
import { localOrigin } from './local-origin.ts';

const EXAMPLE =
  '{ sellers(pageSize: 3) { totalItems items { name futureCatalogs(pageSize: 2) { items { title startDate } } } } }';

/** The text at the start of the process. It contains no host or secret of another system. */
export function banner(config: Config, app: App): string {
  const origin = localOrigin(config.http.host, app.port);
  const url = `${origin}${PATHS.graphql}`;
  return [
    '',
    `  catalog-gateway ${VERSION} is listening`,
    '',
    `  upstream  ${upstreamLine(config)}`,
    ...(app.sandbox ? [`            settings and request counts: ${app.sandbox.controlUrl}`] : []),
    `  cache     ${config.cache.redis ? 'memory and Redis' : 'memory only (set REDIS_URL to share it)'}`,
    config.http.graphiql ? `  GraphiQL  ${url}` : `  GraphQL   ${url} (GraphiQL is off)`,
    ...signInLines(config, origin),
    `  observe   ${observatoryLine(config, origin)}`,
    '',
    '  Try:',
    ...exampleLines(config, origin),
    '',
    '',
  ].join('\n');
}

function signInLines({ auth, upstream }: Config, origin: string): readonly string[] {
  if (!auth) return [];
  const ways = [
    ...(auth.sessions ? [`${origin}${PATHS.signIn}`] : []),
    ...(auth.tokens ? ['a bearer token'] : []),
  ];
  const line = `  sign-in   ${auth.required ? 'required' : 'optional'}: ${ways.join(', or ')}`;
  if (!auth.sessions || upstream.source.kind !== 'sandbox') return [line];
  return [line, `            users of the sandbox: ${SANDBOX_LOGINS.join(', ')}`];
}

const SANDBOX_LOGINS = Object.entries(SANDBOX_USERS).map(([name, password]) => `${name} / ${password}`);

function exampleLines({ auth, upstream }: Config, origin: string): readonly string[] {
  const post = (path: string, body: object, options = '') =>
    `  curl -s${options} ${origin}${path} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
  const query = { query: EXAMPLE };
  if (!auth?.required) return [post(PATHS.graphql, query)];
  if (!auth.sessions) return [post(PATHS.graphql, query, ` -H "authorization: Bearer $TOKEN"`)];
  const [[username, password] = ['', '']] =
    upstream.source.kind === 'sandbox' ? Object.entries(SANDBOX_USERS) : [['…', '…']];
  return [
    post(PATHS.session, { username, password }, ' -c cookies.txt'),
    post(PATHS.graphql, query, ' -b cookies.txt'),
  ];
}

function observatoryLine({ adminToken, adminUsers, telemetry }: Config, origin: string): string {
  if (adminToken === null && adminUsers.length === 0) return 'set ADMIN_TOKEN to enable the observatory';
  if (!telemetry.observatory) return 'set OBSERVATORY=true to enable the observatory';
  if (adminUsers.length > 0) return `${origin}${PATHS.observatory} (sign in as one of ADMIN_USERS)`;
  return `${origin}${PATHS.observatory} (any user name, ADMIN_TOKEN as the password)`;
}

function upstreamLine({ upstream: { source } }: Config): string {
  if (source.kind === 'sandbox') return 'THE EMBEDDED SANDBOX: every seller and catalog is made up';
  return `ABConnect, ${source.environment}`;
}
