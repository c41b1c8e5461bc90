import type { Target } from './answers.ts';
import { type Client, JSON_HEADERS } from './client.ts';

/** The variables of a gateway that asks everybody to sign in. */
export const SIGN_IN = {
  AUTH: 'required',
  SESSION_SECRETS: 'a-secret-of-the-benchmark-with-32-characters',
};

/** The variables of a gateway that counts the cost of each client's requests, and refuses none of them. */
export const LIMIT = { RATE_LIMIT_COST: '1000000000' };

/** The target with the cookies of a new session. */
export async function signIn<T extends Target>(client: Client, target: T): Promise<T> {
  const reply = await client.send({
    url: target.url.replace('/graphql', '/session'),
    method: 'POST',
    headers: JSON_HEADERS,
    body: JSON.stringify({ username: 'anna', password: 'anna-sandbox' }),
  });
  if (reply.status !== 201) throw new Error(`${target.name} refuses the sign-in with status ${reply.status}`);
  const cookies = reply.headers['set-cookie'] ?? [];
  return { ...target, headers: { cookie: cookies.map((line) => line.split(';')[0]).join('; ') } };
}
