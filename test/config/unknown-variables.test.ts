import { describe, expect, it } from 'vitest';
import { unknownVariables } from '../../src/config/unknown-variables.ts';
import { variables } from '../../src/config/variables.ts';

describe('variables that are not settings', () => {
  it.each([
    ['CACHE_TTL_SELERS', 'CACHE_TTL_SELLERS'],
    ['PROT', 'PORT'],
    ['HOTS', 'HOST'],
    ['LOG_LEVLE', 'LOG_LEVEL'],
    ['ADMIN_TOKENS', 'ADMIN_TOKEN'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['REDIS_UR', 'REDIS_URL'],
    ['GRAPHQL_MAX_DEPHT', 'GRAPHQL_MAX_DEPTH'],
    ['redis_url', 'REDIS_URL'],
    ['OBSERVATRY', 'OBSERVATORY'],
  ])('are reported with the nearest name: %s', (name, nearest) => {
    expect(unknownVariables({ [name]: 'x' })).toEqual([
      `${name} is not a setting and has no effect; did you mean ${nearest}?`,
    ]);
  });

  it.each(['CACHE_MAX_ENTRIES', 'UPSTREAM_RETRIES', 'REDIS_PORT'])(
    'are told of by their prefix: %s',
    (name) => {
      expect(unknownVariables({ [name]: '6379' })).toEqual([
        expect.stringContaining(`${name} is not a setting`),
      ]);
    },
  );

  it('do not include the variables of a shell, npm, Node, OpenTelemetry and Kubernetes', () => {
    const environment = {
      ...{
        PATH: '/bin',
        HOME: '/root',
        PWD: '/',
        OLDPWD: '/',
        USER: 'x',
        SHELL: 'sh',
        TERM: 'xterm',
        LANG: 'C',
      },
      ...{ HOSTNAME: 'x', SHLVL: '1', _: 'x', TZ: 'UTC', CI: 'true', DEBUG: 'x', EDITOR: 'vi', MAIL: 'x' },
      ...{ LOGNAME: 'x', NODE_OPTIONS: 'x', NODE_PATH: 'x', NODE_USE_ENV_PROXY: '1', NODE_VERSION: '24.1.0' },
      ...{
        npm_config_cache: 'x',
        npm_package_name: 'x',
        npm_lifecycle_event: 'x',
        INIT_CWD: '/',
        YARN_VERSION: '1',
      },
      ...{
        OTEL_TRACES_SAMPLER: 'x',
        OTEL_EXPORTER_OTLP_HEADERS: 'x',
        HTTP_PROXY: 'x',
        NO_PROXY: 'x',
        http_proxy: 'x',
      },
      ...{ REDIS_SERVICE_HOST: '10.0.0.1', REDIS_SERVICE_PORT: '6379', REDIS_SERVICE_PORT_REDIS: '6379' },
      ...{ REDIS_PORT: 'tcp://10.0.0.1:6379', REDIS_PORT_6379_TCP: 'tcp://10.0.0.1:6379' },
      ...{
        REDIS_PORT_6379_TCP_PROTO: 'tcp',
        REDIS_PORT_6379_TCP_PORT: '6379',
        REDIS_PORT_6379_TCP_ADDR: '10.0.0.1',
      },
      ...{
        KUBERNETES_SERVICE_HOST: 'x',
        KUBERNETES_PORT: 'tcp://10.0.0.1:443',
        CATALOG_GATEWAY_PORT: 'tcp://1:2',
      },
      ...{ LOG_FORMAT: 'x', LOG_DIR: 'x', CACHE_TTL_FOO: '' },
      ...Object.fromEntries(Object.keys(variables).map((name) => [name, 'x'])),
    };
    expect(unknownVariables(environment)).toEqual([]);
  });

  it('are reported up to a bound', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `CACHE_${index}`);
    const warnings = unknownVariables(Object.fromEntries(names.map((name) => [name, 'x'])));
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toBe('9980 more variables are not settings');
  });
});
