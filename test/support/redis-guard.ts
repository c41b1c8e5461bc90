import { readFileSync } from 'node:fs';
import type { RedisOptions } from 'ioredis';
import type { Certificate } from './certificate.ts';

/** What a Redis asks of those who connect to it. */
export interface Guard {
  readonly protocol: 'redis' | 'rediss';
  /** The arguments of a `redis-server` that is to listen on the port. */
  argumentsFor(port: number): readonly string[];
  /** What lets in the test itself, and the servers among each other, with every right. */
  readonly operator: Pick<RedisOptions, 'username' | 'password' | 'tls'>;
}

/** Lets everybody in. */
export const open: Guard = {
  protocol: 'redis',
  argumentsFor: (port) => ['--port', `${port}`],
  operator: {},
};

/** TLS and nothing else, between the servers too. */
export function tlsOnly({ certificate, key }: Certificate): Guard {
  const options = {
    'tls-cert-file': certificate,
    'tls-key-file': key,
    // Signed by itself.
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

/** Users and no others, by name with their ACL rules. */
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

/** One password for everybody, as Sentinels have it. */
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
