import { STATUS_CODES } from 'node:http';

/** A complete response, before it is sent. */
export interface SandboxResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function json(status: number, body: string, headers: Record<string, string> = {}): SandboxResponse {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body };
}

/** Problem details (RFC 7807); `members` are more of them, such as `detail`. */
export function problem(
  status: number,
  members: object = {},
  headers: Record<string, string> = {},
): SandboxResponse {
  return {
    status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8', ...headers },
    body: JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, ...members }),
  };
}

export function methodNotAllowed(allowed: readonly string[]): SandboxResponse {
  return problem(405, {}, { allow: allowed.join(', ') });
}
