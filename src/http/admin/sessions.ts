import { z } from 'zod';
import type { Sessions } from '../../auth/session-api.ts';
import type { Session } from '../../auth/session-store.ts';
import { userIdOf } from '../../auth/sign-in.ts';
import { BadUserInput, SessionUnavailable } from '../../domain/errors.ts';
import { parseJson } from '../json.ts';
import { PATHS } from '../paths.ts';
import { sendJson } from '../responses.ts';
import { GET, POST, type Route } from '../route.ts';

const MAX_USERS = 100;
const MAX_CHARACTERS = 1024;
const BODY_LIMIT_BYTES = 16 * 1024;

/** The sessions of all users, for operators. A session is named by its hash, which signs nobody in. */
export function sessionRoutes(sessions: Sessions): readonly Route[] {
  return [listRoute(sessions), revocationsRoute(sessions)];
}

/** `GET /admin/sessions?user=…`: the sessions of a user, or of the 100 users who signed in last. */
function listRoute(sessions: Sessions): Route {
  return {
    path: PATHS.sessions,
    methods: GET,
    async serve({ query, response }) {
      const user = new URLSearchParams(query).get('user');
      if (user === '') throw new BadUserInput('user must not be empty.');
      const found = await (user === null
        ? sessions.list(MAX_USERS)
        : sessions.find({ userId: userIdOf(user) }));
      sendJson(response, 200, {
        sessions: found.toSorted((a, b) => b.signedInAt - a.signedInAt).map(shown),
      });
    },
  };
}

/** `POST /admin/sessions/revocations`: `sessions` is how many the store had; null if it cannot be reached. */
function revocationsRoute(sessions: Sessions): Route {
  return {
    path: PATHS.revocations,
    methods: POST,
    async serve(exchange) {
      const of = revokedBy(await exchange.bodies.read(exchange, BODY_LIMIT_BYTES));
      const found = await sessions.find(of).catch((error) => {
        if (error instanceof SessionUnavailable) return null;
        throw error;
      });
      const outcome = await sessions.revoke(of);
      sendJson(exchange.response, 200, { outcome, sessions: found?.length ?? null });
    },
  };
}

const RevocationBody = z.union([
  z.strictObject({ user: z.string().min(1).max(MAX_CHARACTERS) }),
  z.strictObject({ session: z.string().regex(/^[\w-]{43}$/) }),
]);

function revokedBy(body: Buffer): { readonly userId: string } | { readonly hash: string } {
  try {
    const of = RevocationBody.parse(parseJson(body));
    return 'user' in of ? { userId: userIdOf(of.user) } : { hash: of.session };
  } catch {
    throw new BadUserInput('Send {"user": "…"} or {"session": "…"}, with the hash of a session.');
  }
}

function shown(session: Session): object {
  const { hash, userId, userName, signedInAt, expiresAt, userAgent, address } = session;
  return {
    session: hash,
    userId,
    userName,
    signedInAt: new Date(signedInAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
    userAgent,
    network: address,
  };
}
