import type { z } from 'zod';
import { authFaults } from './auth.ts';
import { redisFaults } from './redis-server.ts';
import type { Settings, Variable } from './variables.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const CREDENTIALS = [
  'ABCONNECT_USERNAME',
  'ABCONNECT_PASSWORD',
  'ABCONNECT_CLIENT_ID',
  'ABCONNECT_CLIENT_SECRET',
] as const satisfies Variable[];

// No message repeats a value that may contain a password, even if it is invalid.
export const SECRET_VARIABLES: ReadonlySet<string> = new Set<Variable>([
  ...CREDENTIALS,
  'REDIS_URL',
  'REDIS_SENTINELS',
  'REDIS_CLUSTER_NODES',
  'REDIS_PASSWORD',
  'REDIS_SENTINEL_PASSWORD',
  'ABCONNECT_CATALOG_URL',
  'ABCONNECT_IDENTITY_URL',
  'ADMIN_TOKEN',
  'HOOK_SECRETS',
  'SANDBOX_WEBHOOK_URLS',
  'SANDBOX_WEBHOOK_SECRET',
  'SESSION_REDIS_URL',
  'SESSION_SECRETS',
  'AUTH_JWKS_URL',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
]);

/** The configured environment, or the one implied by the other variables. */
export function abconnectEnvironment(given: Environment | Settings): 'production' | 'staging' | 'sandbox' {
  const named = given.ABCONNECT_ENVIRONMENT;
  if (named === 'production' || named === 'staging' || named === 'sandbox') return named;
  const meansAbconnect = [
    ...CREDENTIALS,
    'ABCONNECT_CATALOG_URL' as const,
    'ABCONNECT_IDENTITY_URL' as const,
  ];
  return meansAbconnect.some((name) => given[name] !== undefined) ? 'production' : 'sandbox';
}

function upstreamFaults(given: Environment): string[] {
  const environment = abconnectEnvironment(given);
  if (environment !== 'sandbox') {
    return CREDENTIALS.filter((name) => given[name] === undefined).map(
      (name) => `${name} is required for ABConnect's ${environment} environment`,
    );
  }
  if (given.NODE_ENV !== 'production' || given.ABCONNECT_ENVIRONMENT !== undefined) return [];
  return [
    'ABCONNECT_ENVIRONMENT must be set if NODE_ENV is production: production or staging with ' +
      `${CREDENTIALS.join(', ')}, or sandbox to serve made-up data on purpose`,
  ];
}

function persistedFaults(given: Environment): string[] {
  const only = ['true', '1', 'on'].includes(given.PERSISTED_ONLY ?? '');
  return only && given.PERSISTED_DOCUMENTS === undefined
    ? ['PERSISTED_DOCUMENTS is required if PERSISTED_ONLY is on: without it every document would be refused']
    : [];
}

/** Errors between settings that are each valid. */
export function crossFaults(settings: Settings): string[] {
  const faults = [];
  if (settings.ADAPTIVE_TTL_FLOOR > settings.ADAPTIVE_TTL_CEILING)
    faults.push('ADAPTIVE_TTL_FLOOR must not be above ADAPTIVE_TTL_CEILING');
  if (settings.OBSERVATORY && settings.ADMIN_TOKEN === undefined && settings.ADMIN_USERS.length === 0)
    faults.push(
      'ADMIN_TOKEN or ADMIN_USERS is required if OBSERVATORY is on: without them nobody could open the page',
    );
  if (settings.READY_AFTER_WARM && !settings.WARM_ON_START)
    faults.push(
      'WARM_ON_START must be on if READY_AFTER_WARM is on: without it the gateway would never be ready',
    );
  return [...faults, ...authFaults(settings), ...sandboxWebhookFaults(settings)];
}

/** The secret that signs the webhooks of the sandbox. */
export function webhookSecretOfSandbox(settings: Settings): string | undefined {
  return settings.SANDBOX_WEBHOOK_SECRET ?? settings.HOOK_SECRETS.at(-1);
}

function sandboxWebhookFaults(settings: Settings): string[] {
  const { SANDBOX_WEBHOOK_URLS: urls, SANDBOX_WEBHOOK_SELF: self, HOOK_SECRETS: accepted } = settings;
  const secret = webhookSecretOfSandbox(settings);
  if (self && accepted.length === 0)
    return ['HOOK_SECRETS is required if SANDBOX_WEBHOOK_SELF is on: without it this gateway has no webhook'];
  if (self && secret && !accepted.includes(secret))
    return ['HOOK_SECRETS must contain SANDBOX_WEBHOOK_SECRET if SANDBOX_WEBHOOK_SELF is on'];
  return urls.length > 0 && !secret
    ? [
        'SANDBOX_WEBHOOK_SECRET or HOOK_SECRETS is required if SANDBOX_WEBHOOK_URLS is set: webhooks are signed',
      ]
    : [];
}

export function describeFault(issue: z.core.$ZodIssue, given: Environment): string {
  const name = String(issue.path[0]);
  const value = given[name] ?? '';
  if (SECRET_VARIABLES.has(name)) return `${name} ${issue.message}`;
  return `${name} ${issue.message}, not ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60).toWellFormed()}…` : value)}`;
}

/** Errors in the combination of variables, whether or not each is valid. */
export function combinationFaults(given: Environment): string[] {
  return [...upstreamFaults(given), ...redisFaults(given), ...persistedFaults(given)];
}
