import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../settings.ts';
import type { SandboxResponse } from './response.ts';

const DRIB_BYTES = 16;
const DRIB_EVERY_MS = 100;

/** Sends the response, changed by the fault. Rejects once `closing` is aborted; `hang` never ends before. */
export async function send(
  to: ServerResponse,
  response: SandboxResponse,
  fault: Fault,
  closing: AbortSignal,
): Promise<void> {
  const { status, headers, body } = spoiled(response, fault);
  const bytes = Buffer.from(body);
  if (fault === 'hang' || to.destroyed) return;
  // RFC 9110, section 8.6: a response without content has no length either.
  to.writeHead(status, status === 204 ? headers : { ...headers, 'content-length': bytes.length });
  if (fault === 'cut') {
    to.write(bytes.subarray(0, bytes.length >> 1), () => to.destroy());
    return;
  }
  if (fault === 'slow-body') await dribble(to, bytes, closing);
  to.end(fault === 'slow-body' ? undefined : bytes);
}

/** The response with the fault in its status or content. */
function spoiled(response: SandboxResponse, fault: Fault): SandboxResponse {
  switch (fault) {
    case 'truncated':
      return { ...response, body: response.body.slice(0, response.body.length >> 1) };
    case 'wrong-types':
      return { ...response, body: wrongTypes(response.body) };
    case 'html':
      return {
        status: 200,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        body: '<!doctype html><title>Please stand by</title><h1>The service will be back shortly</h1>',
      };
    case 'empty-object':
      return { ...response, status: 200, body: '{}' };
    default:
      return response;
  }
}

function wrongTypes(body: string): string {
  return JSON.stringify(
    JSON.parse(body, (key, value) => {
      if (key === 'id') return String(value);
      return key === 'totalItems' ? 'many' : value;
    }),
  );
}

async function dribble(response: ServerResponse, bytes: Buffer, closing: AbortSignal): Promise<void> {
  for (let sent = 0; sent < bytes.length && !response.destroyed; sent += DRIB_BYTES) {
    response.write(bytes.subarray(sent, sent + DRIB_BYTES));
    await delay(DRIB_EVERY_MS, undefined, { signal: closing });
  }
}
