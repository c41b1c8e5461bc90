import type { Config } from '../config/config.ts';
import { createClientAddress } from '../http/auth/client-address.ts';
import type { Auth, AuthOptions } from './open-auth.ts';

export type { Auth };

/** Creates what signs clients in and limits them. It is loaded only if it is configured. */
export async function createAuth(config: Config, options: Omit<AuthOptions, 'addressOf'>): Promise<Auth> {
  const addressOf = createClientAddress(config.clients.trustedProxies);
  if (config.auth === null && config.clients.cost === 0) return { ...NOBODY_SIGNS_IN, addressOf };
  const { openAuth } = await import('./open-auth.ts');
  return openAuth(config, { ...options, addressOf });
}

const NOBODY_SIGNS_IN: Omit<Auth, 'addressOf'> = {
  signIn: null,
  sessions: null,
  limit: null,
  routes: [],
  state: () => ({ isOn: false, sessions: null, store: 'off' }),
  async close() {},
};
