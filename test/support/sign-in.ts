import type { IncomingHttpHeaders } from 'node:http';
import { RateLimited, UpstreamUnavailable } from '../../src/domain/errors.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type { SessionService } from '../../src/http/auth/session-service.ts';
import { createSignIn } from '../../src/http/auth/sign-in.ts';
import type { SignInLinks } from '../../src/http/auth/sign-in-page.ts';
import type { RouterOptions } from '../../src/http/router.ts';
import { startHttpLayer } from './http-layer.ts';

const ANNA: Principal = {
  id: 'anna',
  name: 'Anna',
  kind: 'user',
  signedInAt: Date.UTC(2026, 10, 29, 8, 14),
  expiresAt: Date.UTC(2026, 11, 6, 8, 14),
};

type SignInOutcome =
  | { readonly outcome: 'accepted' | 'rejected' | 'unavailable' }
  | { readonly outcome: 'limited'; readonly retryAfterMs: number };

export interface FakeSignIn {
  outcome: SignInOutcome | Error;
  signOut: 'done' | 'kept' | Error;
  whoIs: Principal | null | Error;
}

/** The page over HTTP. The service accepts any password, and keeps who is signed in by a cookie, unless the test says more. */
export async function startSignIn(
  fake: Partial<FakeSignIn> = {},
  links: SignInLinks = { graphiql: true, observatory: true },
  options: Partial<RouterOptions> = {},
) {
  const attempts: { readonly username: string; readonly password: string }[] = [];
  const signOuts: boolean[] = [];
  /** The headers of the attempts. */
  const headers: IncomingHttpHeaders[] = [];
  const service: SessionService = {
    async signIn({ request, response }, credentials) {
      headers.push(request.headers);
      attempts.push(credentials);
      const { outcome = { outcome: 'accepted' } } = fake;
      if (outcome instanceof Error) throw outcome;
      if (outcome.outcome === 'limited') throw new RateLimited('Too many attempts.', outcome);
      if (outcome.outcome === 'unavailable') throw new UpstreamUnavailable('The identity service is away.');
      if (outcome.outcome === 'rejected') return null;
      response.setHeader('Set-Cookie', 'sid=1; Path=/; HttpOnly; SameSite=Lax');
      return ANNA;
    },
    async whoIs({ request }) {
      const { whoIs = request.headers.cookie?.includes('sid=1') ? ANNA : null } = fake;
      if (whoIs instanceof Error) throw whoIs;
      return whoIs;
    },
    async signOut({ response }, everywhere) {
      signOuts.push(everywhere);
      const { signOut = 'done' } = fake;
      if (signOut instanceof Error) throw signOut;
      response.setHeader('Set-Cookie', 'sid=; Path=/; Max-Age=0');
      return signOut;
    },
  };
  const layer = await startHttpLayer(
    {},
    { graphiql: true, routes: createSignIn(service, links), ...options },
  );
  return { ...layer, attempts, headers, signOuts };
}
