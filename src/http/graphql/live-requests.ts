import type { IncomingMessage } from 'node:http';
import type { Watch } from '../../cache/index.ts';
import { publicSchema } from '../../schema/index.ts';
import type { Identify, Identity } from '../auth/identity.ts';
import type { LiveAnswer, LiveQuery } from '../live/answer.ts';
import type { LiveHub } from '../live/hub.ts';
import type { Places } from '../live/places.ts';
import type { StreamSession } from '../live/stream-sessions.ts';
import { createSubscriber, type Outlet } from '../live/subscriber.ts';
import { createSubscriptionDocuments } from '../live/subscription-documents.ts';
import { type ParsedRequest, readDirectives } from '../response-cache/parsed-request.ts';
import type { MadeResponse, ResponseCache } from '../response-cache/response-cache.ts';
import type { ServedResponse } from '../response-cache/stored-response.ts';
import type { Answers, Origin } from './answers.ts';
import { parseWithinLimits } from './limits/plugin.ts';
import type { Limits } from './limits/prepare.ts';

export interface LiveRequestsOptions {
  readonly answers: Answers;
  readonly hub: LiveHub;
  readonly places: Places;
  readonly watch: Watch;
  readonly limits: Limits;
  /** Names the client for the limit of its streams. */
  readonly clientOf: (request: IncomingMessage, identity: Identity) => string;
  /** Null if nobody signs in. */
  readonly identify: Identify | null;
  readonly clock: { monotonic(): number };
}

/** Opens live responses. */
export interface LiveRequests {
  /**
   * Answers a subscription as the query for the same fields, from the response cache, and then with each other response.
   * `connect` gives the connection once the first response is there; null if the client has gone meanwhile. Returns the
   * response to send if the subscription is refused as a query would be.
   * @throws RequestRefused
   */
  open(
    request: ParsedRequest,
    parameters: unknown,
    origin: Origin,
    connect: () => Outlet | null,
  ): Promise<OpenedStream | Refused>;
}

interface Refused {
  readonly refusal: ServedResponse;
}

interface Asked {
  readonly query: LiveQuery;
  readonly answer: LiveAnswer;
}

interface OpenedStream {
  /** Call it when the connection has closed, or the client wants no more. */
  close(): void;
}

/** The media type with which clients of both transports share their responses with those of plain HTTP. */
export const LIVE_MEDIA_TYPE = 'application/graphql-response+json';

const NO_DIRECTIVES = readDirectives({});
const NOTHING_OPENED: OpenedStream = { close() {} };

export function createLiveRequests(options: LiveRequestsOptions): LiveRequests {
  const { answers, hub, places, watch, limits, clientOf, identify, clock } = options;
  const queryOf = createSubscriptionDocuments({
    schema: publicSchema,
    parse: (text) => parseWithinLimits(text, limits),
  });

  for (const cache of answers.caches)
    cache.onStored((key, made) => hub.offer(key, () => answerOf(made, cache)));

  return {
    async open(sent, parameters, origin, connect) {
      const { identity } = sent.admission;
      const giveBack = places.take(clientOf(origin.request, identity));
      try {
        const request = {
          ...sent,
          mediaType: LIVE_MEDIA_TYPE,
          directives: NO_DIRECTIVES,
          debug: false,
        } as const;
        const first = await ask(request, parameters, origin);
        const outlet = 'refusal' in first ? null : connect();
        if ('refusal' in first || !outlet) {
          giveBack();
          return 'refusal' in first ? first : NOTHING_OPENED;
        }
        const subscriber = createSubscriber(outlet, clock);
        const remove = hub.add(first.query, first.answer, subscriber, sessionOf(origin.request, identity));
        return {
          close() {
            remove();
            giveBack();
          },
        };
      } catch (error) {
        giveBack();
        throw error;
      }
    },
  };

  async function ask(request: ParsedRequest, parameters: unknown, origin: Origin): Promise<Refused | Asked> {
    const { query: text } = parameters as { readonly query: string };
    const asQuery = queryOf(text);
    // The execution says what is wrong with it.
    if (asQuery === null) return { refusal: await answers.execute(request, parameters) };
    const queryParameters = { ...(parameters as object), query: asQuery };
    const cached = answers.cachedQuery(request, queryParameters);
    if (!cached) return { refusal: await answers.execute(request, queryParameters) };
    const { query, cache } = cached;
    const key = query.keys[request.mediaType];
    const live: LiveQuery = {
      ...{ key, operation: query.operation },
      renew: async () => answerOf(await cache.renew(query, request), cache),
    };
    const present = hub.present(key);
    if (present) return { query: live, answer: present };
    const served = await cache.find(query, request);
    // Only a request with `only-if-cached` gets none.
    if (!served) throw new TypeError('no response');
    if (isRefused(served)) return { refusal: served };
    if (served.codes.length === 0) answers.register(parameters, origin);
    return { query: live, answer: answerOf(served, cache) };
  }

  function answerOf(made: MadeResponse, cache: ResponseCache): LiveAnswer {
    const { entries, until } = cache.dependenciesOf(made);
    const { stored, codes } = made;
    return { bytes: stored.bytes, codes, watched: watch.watched(entries, until) };
  }

  function sessionOf(request: IncomingMessage, { principal }: Identity): StreamSession | null {
    if (!principal || !identify) return null;
    const { authorization = '', cookie = '' } = request.headers;
    return {
      principal,
      credentials: `${authorization} ${cookie}`,
      identify: async () => (await identify(request)).principal,
    };
  }
}

/** Whether the response says that the client is at fault: it is no state that could be followed. */
export function isRefused({ status }: ServedResponse): boolean {
  return status >= 400 && status < 500;
}
