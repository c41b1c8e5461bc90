import type { Config } from '../config/config.ts';
import { SECRET_VARIABLES } from '../config/faults.ts';
import { type Variable, variables } from '../config/variables.ts';

/** One variable with its effective value. */
export interface EffectiveSetting {
  readonly variable: string;
  /** Empty if it is not set and has no default. */
  readonly value: string;
  /** `derived`: computed from other variables. */
  readonly from: 'environment' | 'default' | 'derived';
}

/** Every variable with its value; a variable that may contain a password is shown as set, without its value. */
export function effectiveSettings(
  environment: Readonly<Record<string, string | undefined>>,
  config: Config,
): readonly EffectiveSetting[] {
  const derived = derivedValues(config);
  const off = valuesOfFlags(config);
  return Object.entries(variables).map(([name, schema]) => {
    const variable = name as Variable;
    const given = environment[variable] || undefined;
    if (given !== undefined)
      return { variable, value: SECRET_VARIABLES.has(variable) ? '(set)' : given, from: 'environment' };
    const value = derived[variable];
    if (value !== undefined) return { variable, value: String(value), from: 'derived' };
    return { variable, value: textOf(off[variable] ?? schema.parse(undefined)), from: 'default' };
  });
}

function derivedValues({ http, telemetry, adminToken, adminUsers, upstream: { source } }: Config): Values {
  return {
    GRAPHIQL: http.graphiql,
    OBSERVATORY: telemetry.observatory && (adminToken !== null || adminUsers.length > 0),
    METRICS_PORT: telemetry.metricsPort ?? http.port,
    ABCONNECT_ENVIRONMENT: source.kind === 'sandbox' ? 'sandbox' : source.environment,
    ...(source.kind === 'abconnect' && {
      ABCONNECT_CATALOG_URL: source.catalogUrl,
      ABCONNECT_IDENTITY_URL: source.identityUrl,
    }),
  };
}

/** Variables without a default in the schema, whose default depends on other variables. */
function valuesOfFlags({ http, maintenance, adaptiveTtl }: Config): Values {
  return {
    RESPONSE_CACHE_SHARED: http.responseCache.shared,
    SURROGATE_KEYS: http.responseCache.surrogateKeys,
    PERSISTED_ONLY: http.persisted.only,
    ADAPTIVE_TTL: adaptiveTtl !== null,
    WARM_ON_START: maintenance.warmOnStart,
    READY_AFTER_WARM: maintenance.readyAfterWarm,
  };
}

type Values = Partial<Record<Variable, string | number | boolean>>;

function textOf(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  return Object.values(value as object).join(Array.isArray(value) ? ', ' : '-');
}
