import { z } from 'zod';
import { type Credentials, isUserName } from '../../auth/sign-in.ts';
import type { Principal } from '../../domain/principal.ts';
import type { Exchange } from '../exchange.ts';
import { parseJson } from '../json.ts';
import { checkJsonContent } from '../negotiation/representation.ts';
import { PATHS } from '../paths.ts';
import { RequestRefused } from '../refusal.ts';
import { sendJson } from '../responses.ts';
import { GET, type Route } from '../route.ts';
import { CHALLENGE } from './identity.ts';
import { checkSite } from './same-site.ts';
import type { SessionService } from './session-service.ts';

// A user name and a password, each with the longest escapes of JSON.
const BODY_LIMIT_BYTES = 16 * 1024;
const MAX_CHARACTERS = 1024;

/** Browsers drop what they have stored of this origin (https://www.w3.org/TR/clear-site-data/). */
export const CLEARED = { 'Clear-Site-Data': '"cache"' };

const CredentialsBody = z.strictObject({
  username: z.string().max(MAX_CHARACTERS).refine(isUserName),
  password: z.string().min(1).max(MAX_CHARACTERS),
});

/**
 * `POST /session` signs in, `GET /session` says who is signed in, and `DELETE /session` signs out, with
 * `?everywhere=true` on all devices of the user.
 */
export function createSessionRoute(
  { signIn, whoIs, signOut }: SessionService,
  allowedOrigins: ReadonlySet<string>,
): Route {
  return {
    path: PATHS.session,
    methods: [...GET, 'POST', 'DELETE'],
    async serve(exchange) {
      const { request, response } = exchange;
      switch (request.method) {
        case 'POST': {
          checkJsonContent(request.headers);
          // Another site could sign people in as somebody else (login CSRF).
          checkSite(request.headers, allowedOrigins);
          const principal = await signIn(exchange, await readCredentials(exchange));
          if (!principal) throw unauthenticated('Wrong user name or password.');
          return sendJson(response, 201, shown(principal));
        }
        case 'DELETE': {
          checkSite(request.headers, allowedOrigins);
          const outcome = await signOut(exchange, isEverywhere(exchange));
          response
            .writeHead(outcome === 'done' ? 204 : 202, { 'Cache-Control': 'no-store', ...CLEARED })
            .end();
          return;
        }
        default: {
          const principal = await whoIs(exchange);
          if (!principal) throw unauthenticated('Nobody is signed in.');
          sendJson(response, 200, shown(principal));
        }
      }
    },
  };
}

async function readCredentials(exchange: Exchange): Promise<Credentials> {
  const body = await exchange.bodies.read(exchange, BODY_LIMIT_BYTES);
  try {
    return CredentialsBody.parse(parseJson(body));
  } catch {
    throw new RequestRefused(
      400,
      `Send {"username": "…", "password": "…"} and nothing else, each with 1 to ${MAX_CHARACTERS} characters, and the user name in NFC, without whitespace around, control characters and changes of direction.`,
    );
  }
}

/** @throws RequestRefused for another value: a mistyped one must not end a single session only. */
function isEverywhere({ query }: Exchange): boolean {
  const parameters = new URLSearchParams(query);
  const value = parameters.get('everywhere') ?? 'false';
  if (value === 'true' || value === 'false') return value === 'true';
  throw new RequestRefused(400, 'everywhere must be true or false.');
}

function unauthenticated(message: string): RequestRefused {
  return new RequestRefused(401, message, {
    code: 'UNAUTHENTICATED',
    headers: CHALLENGE,
  });
}

function shown({ id, name, kind, signedInAt, expiresAt }: Principal): object {
  const toIso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return { id, name, kind, signedInAt: toIso(signedInAt), expiresAt: toIso(expiresAt) };
}
