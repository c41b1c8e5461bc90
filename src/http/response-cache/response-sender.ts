import type { ServerResponse } from 'node:http';
import type { Exchange } from '../exchange.ts';
import { createCodingNegotiator, isNotModified } from '../negotiation/representation.ts';
import type { Audience } from './parsed-request.ts';
import type { ServedResponse } from './response-cache.ts';
import { createResponseHeaders, type HeaderList, type ResponseHeadersOptions } from './response-headers.ts';
import type { Variant } from './stored-response.ts';

/**
 * Sends a response in the coding that the client prefers, or 304 if the client has it already. Synchronous, except for a
 * coding that must be made first.
 */
export type ResponseSender = (
  exchange: Exchange,
  served: ServedResponse,
  audience: Audience,
) => void | Promise<void>;

// A 304 does not carry these (RFC 9110, 15.4.5).
const CONTENT_HEADERS: ReadonlySet<string> = new Set(['Content-Type', 'Content-Length', 'Content-Encoding']);

export function createResponseSender(
  options: ResponseHeadersOptions & { readonly clock: { monotonic(): number } },
): ResponseSender {
  const headersOf = createResponseHeaders(options);
  const negotiateCoding = createCodingNegotiator();

  return ({ request, response, requestId }, served, audience) => {
    const coding = negotiateCoding(request.headers['accept-encoding'], served.stored.bytes.length);
    const variantOrPromise = served.stored.variant(coding);
    return variantOrPromise instanceof Promise
      ? variantOrPromise.then(sendVariant)
      : sendVariant(variantOrPromise);

    function sendVariant(variant: Variant): void {
      const { stored, derived, outcome, status } = served;
      const list = headersOf(variant, stored, derived, audience, outcome, options.clock.monotonic());
      const headers = list.concat('X-Request-Id', requestId);
      for (const [name, value] of Object.entries(served.headers)) headers.push(name, value);
      // A query by POST gets the whole response: 304 is for GET and HEAD (RFC 9110, 13.1.2).
      const isConditional = request.method !== 'POST' && derived !== null;
      if (isConditional && isNotModified(request.headers['if-none-match'], variant.etag)) {
        write(response, 304, withoutContent(headers));
        response.end();
      } else {
        write(response, status, headers);
        response.end(variant.bytes);
      }
    }
  };
}

/** Writes the head, and keeps the headers that another module has set before. */
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
  return headers.filter((_, index) => !CONTENT_HEADERS.has(headers[index - (index % 2)] as string));
}
