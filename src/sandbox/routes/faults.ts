import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../settings.ts';
import type { Answer } from './response.ts';

const DRIB_BYTES = 16;
const DRIB_EVERY_MS = 100;

/** Sends the answer as the fault lets it through. Rejects once `closing` is aborted; `hang` never ends before. */
export async function send(
  response: ServerResponse,
  answer: Answer,
  fault: Fault,
  closing: AbortSignal,
): Promise<void> {
  const { status, headers, body } = spoiled(answer, fault);
  const bytes = Buffer.from(body);
  if (fault === 'hang' || response.destroyed) return;
  // RFC 9110, section 8.6: an answer without content has no length either.
  response.writeHead(status, status === 204 ? headers : { ...headers, 'content-length': bytes.length });
  if (fault === 'cut') {
    response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
    return;
  }
  if (fault === 'slow-body') await dribble(response, bytes, closing);
  response.end(fault === 'slow-body' ? undefined : bytes);
}

/** What the fault makes of the message itself. */
function spoiled(answer: Answer, fault: Fault): Answer {
  switch (fault) {
    case 'truncated':
      return { ...answer, body: answer.body.slice(0, answer.body.length >> 1) };
    case 'wrong-types':
      return { ...answer, body: wrongTypes(answer.body) };
    case 'html':
      return {
        status: 200,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        body: '<!doctype html><title>Please stand by</title><h1>The service will be back shortly</h1>',
      };
    case 'empty-object':
      return { ...answer, status: 200, body: '{}' };
    default:
      return answer;
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
