import { parseBoundedJson } from './bounded-json.ts';
import type { CredentialVariable, Grant, Report } from './events.ts';
import type { HttpRequest, HttpResponse } from './http-exchange.ts';
import { readJson } from './json.ts';
import { PayloadFault, readToken, type TokenPayload } from './payloads.ts';

export const TOKEN_ROUTE = 'POST /connect/token';
/** A token response has a few hundred bytes; its token has a few kilobytes at most. */
export const MAX_GRANT_BYTES = 64 * 1024;

/** The client that the identity endpoint knows the gateway as. */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A token request (RFC 6749, sections 4.3.2 and 6) with the credentials of the client in its form. */
export function tokenRequest(
  identityUrl: string,
  { clientId, clientSecret }: ClientCredentials,
  type: Grant,
  fields: Readonly<Record<string, string>>,
): HttpRequest {
  const body = new URLSearchParams({
    grant_type: type,
    ...fields,
    client_id: clientId,
    client_secret: clientSecret,
  });
  return { method: 'POST', url: identityUrl, headers: {}, body, maxBytes: MAX_GRANT_BYTES };
}

/** The token of a successful response; null for every other response. Throws UpstreamInvalid. */
export function grantedToken(response: HttpResponse, report: Report): TokenPayload | null {
  const { status } = response;
  return status >= 200 && status < 300 ? readJson(TOKEN_ROUTE, response, readToken, report) : null;
}

/** The `error` of an error response (RFC 6749, section 5.2). Empty if there is none. */
export function refusalOf({ text }: HttpResponse): string {
  try {
    const body = parseBoundedJson(text) as { readonly error?: unknown } | null;
    return typeof body?.error === 'string' ? body.error : '';
  } catch (error) {
    if (error instanceof PayloadFault) return '';
    throw error;
  }
}

export const CLIENT_VARIABLES = ['ABCONNECT_CLIENT_ID', 'ABCONNECT_CLIENT_SECRET'] as const;
const USER_VARIABLES = ['ABCONNECT_USERNAME', 'ABCONNECT_PASSWORD'] as const;

/** All variables of the credentials. */
export const CREDENTIAL_VARIABLES: readonly CredentialVariable[] = [...USER_VARIABLES, ...CLIENT_VARIABLES];
