import type { IncomingHttpHeaders } from 'node:http';

/** For whom caches between client and gateway may keep a response: everybody, or who sent the request. */
export type Audience = 'public' | 'private';

/** By what a request says who sends it. Answers vary by these headers, and by no other. */
export const CREDENTIAL_HEADERS = ['Authorization', 'Cookie'] as const;

/**
 * A response to credentials is private outside. Inside all requests share the stored responses: nothing that is stored
 * depends on credentials. `shared`: credentials tell nothing here, as where a proxy in front has checked them.
 */
export function audienceOf({ authorization, cookie }: IncomingHttpHeaders, shared: boolean): Audience {
  return shared || (authorization === undefined && cookie === undefined) ? 'public' : 'private';
}
