import type { IncomingHttpHeaders } from 'node:http';
import type { Exchange } from '../exchange.ts';
import { openEventStream } from '../live/event-stream.ts';
import { rememberHeaders, weightsOf } from '../negotiation/representation.ts';
import type { ParsedRequest } from '../response-cache/parsed-request.ts';
import type { ServedResponse } from '../response-cache/stored-response.ts';
import type { Answers } from './answers.ts';
import type { LiveRequests } from './live-requests.ts';

/** Whether a request accepts an event stream: as its only form, beside JSON, or not at all. */
type StreamPreference = 'only' | 'also' | 'no';

/** Answers with event streams (GraphQL over SSE). */
export interface Streams {
  preferenceOf(headers: IncomingHttpHeaders): StreamPreference;
  /**
   * Opens a live response if the request has a subscription. Returns the response to send in its place if that is
   * refused, and null for another operation.
   */
  open(request: ParsedRequest, exchange: Exchange): Promise<ServedResponse | 'opened' | null>;
  /** Sends one response as a stream that completes. */
  sendOnce(exchange: Exchange, served: ServedResponse): void;
}

export interface StreamsOptions {
  readonly answers: Answers;
  readonly live: LiveRequests;
  readonly vary: string;
  readonly random: () => number;
  readonly clock: { monotonic(): number };
}

const STREAM = 'text/event-stream';
const JSON_TYPES = [
  'application/graphql-response+json',
  'application/graphql+json',
  'application/json',
  'application/*',
  '*/*',
];

export function createStreams(options: StreamsOptions): Streams {
  const { answers, live, vary, random, clock } = options;
  const preferences = rememberHeaders((accept): StreamPreference => {
    const weights = weightsOf(accept);
    const weight = weights.get(STREAM) ?? 0;
    if (weight === 0) return 'no';
    return JSON_TYPES.some((type) => (weights.get(type) ?? 0) > 0) ? 'also' : 'only';
  });

  return {
    preferenceOf: ({ accept }) => preferences(accept),
    async open(request, exchange) {
      const { parameters, operation } = await answers.resolve(request, exchange);
      if (operation?.type !== 'subscription') return null;
      const { response, requestId } = exchange;
      const opened = await live.open(request, parameters, exchange, () => {
        if (response.destroyed) return null;
        exchange.operation = operation.name;
        exchange.outcome = 'live';
        exchange.answeredAt = clock.monotonic();
        const { headers } = request.admission;
        const outlet = openEventStream(
          response,
          { ...headers, 'X-Request-Id': requestId, Vary: vary },
          random,
        );
        if (exchange.request.method !== 'HEAD') return outlet;
        outlet.end('complete');
        return null;
      });
      if ('refusal' in opened) return opened.refusal;
      response.on('close', opened.close);
      // The listeners of a request that has been read keep its body.
      for (const event of ['data', 'end', 'error']) exchange.request.removeAllListeners(event);
      return 'opened';
    },
    sendOnce({ response, requestId }, { stored }) {
      const outlet = openEventStream(response, { 'X-Request-Id': requestId, Vary: vary }, random);
      outlet.write(stored.bytes, () => {});
      outlet.end('complete');
    },
  };
}
