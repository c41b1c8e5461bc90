import { readFileSync } from 'node:fs';
import type { RedisOptions } from 'ioredis';
import type { Certificate } from './certificate.ts';

/** The authentication that a Redis requires. */
export interface Guard {
  readonly protocol: 'redis' | 'rediss';
  /** The arguments for a `redis-server` on the port. */
  argumentsFor(port: number): readonly string[];
  /** The credentials of the test and of the servers among each other, with full rights. */
  readonly operator: Pick<RedisOptions, 'username' | 'password' | 'tls'>;
}

/** No authentication. */
export const open: Guard = {
  protocol: 'redis',
  argumentsFor: (port) => ['--port', `${port}`],
  operator: {},
};

/** TLS only, also between the servers. */
export function tlsOnly({ certificate, key }: Certificate): Guard {
  const options = {
    'tls-cert-file': certificate,
    'tls-key-file': key,
    // The certificate is self-signed.
    'tls-ca-cert-file': certificate,
    'tls-auth-clients': 'no',
    'tls-replication': 'yes',
    'tls-cluster': 'yes',
  };
  return {
    protocol: 'rediss',
    argumentsFor: (port) => ['--port', '0', '--tls-port', `${port}`, ...toArguments(options)],
    operator: { tls: { ca: readFileSync(certificate) } },
  };
}

/** Only these users, by name with their ACL rules. */
export function usersOnly(users: Readonly<Record<string, readonly string[]>>): Guard {
  const operator = { username: 'operator', password: 'an operator of the test' };
  const all = {
    default: ['off'],
    [operator.username]: ['on', `>${operator.password}`, '~*', '&*', '+@all'],
    ...users,
  };
  return {
    protocol: 'redis',
    argumentsFor: (port) => [
      ...open.argumentsFor(port),
      ...Object.entries(all).flatMap(([name, rules]) => ['--user', name, ...rules]),
      ...toArguments({ masteruser: operator.username, masterauth: operator.password }),
    ],
    operator,
  };
}

/** One password for all clients, as for Sentinels. */
export function passwordOnly(password: string): Guard {
  return {
    protocol: 'redis',
    argumentsFor: (port) => [...open.argumentsFor(port), '--requirepass', password],
    operator: { password },
  };
}

function toArguments(options: Readonly<Record<string, string>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
}
