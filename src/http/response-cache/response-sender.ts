import type { ServerResponse } from 'node:http';
import type { Exchange } from '../exchange.ts';
import { isNotModified } from '../negotiation/entity-tag.ts';
import { createCodingNegotiator } from '../negotiation/representation.ts';
import type { Audience } from './audience.ts';
import type { Served } from './response-cache.ts';
import { type AnswerHeadersOptions, createAnswerHeaders, type HeaderList } from './response-headers.ts';
import type { Variant } from './stored-response.ts';

/**
 * Sends an answer, in the coding that the client likes best, or tells it that it has the answer already. At once, but
 * for a coding that has to be made first.
 */
export type AnswerSender = (exchange: Exchange, served: Served, audience: Audience) => void | Promise<void>;

// What a 304 does not carry (RFC 9110, 15.4.5).
const OF_THE_CONTENT: ReadonlySet<string> = new Set(['Content-Type', 'Content-Length', 'Content-Encoding']);

export function createAnswerSender(
  options: AnswerHeadersOptions & { readonly clock: { monotonic(): number } },
): AnswerSender {
  const headersOf = createAnswerHeaders(options);
  const negotiateCoding = createCodingNegotiator();

  return ({ request, response, requestId }, served, audience) => {
    const coding = negotiateCoding(request.headers['accept-encoding'], served.answer.bytes.length);
    const variant = served.answer.variant(coding);
    return variant instanceof Promise ? variant.then(sendIn) : sendIn(variant);

    function sendIn(made: Variant): void {
      const { answer, derived, outcome, status } = served;
      const list = headersOf(made, answer, derived, audience, outcome, options.clock.monotonic());
      const headers = list.concat('X-Request-Id', requestId);
      for (const [name, value] of Object.entries(served.headers)) headers.push(name, value);
      // A query by POST gets the whole response: 304 is for GET and HEAD (RFC 9110, 13.1.2).
      const isConditional = request.method !== 'POST' && derived !== null;
      if (isConditional && isNotModified(request.headers['if-none-match'], made.etag)) {
        write(response, 304, withoutContent(headers));
        response.end();
      } else {
        write(response, status, headers);
        response.end(made.bytes);
      }
    }
  };
}

/** Writes the head, beside what a header of another layer has set before. */
function write(response: ServerResponse, status: number, headers: HeaderList): void {
  if (response.getHeaderNames().length === 0) {
    response.writeHead(status, headers as string[]);
    return;
  }
  for (let index = 0; index < headers.length; index += 2)
    response.appendHeader(headers[index] as string, headers[index + 1] as string);
  response.writeHead(status);
}

function withoutContent(headers: HeaderList): HeaderList {
  return headers.filter((_, index) => !OF_THE_CONTENT.has(headers[index - (index % 2)] as string));
}
