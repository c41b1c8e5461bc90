import type { IncomingMessage } from 'node:http';
import { clientKeyOf } from '../../auth/addresses.ts';
import type { Watch } from '../../cache/index.ts';
import type { Identify, Identity } from '../auth/identity.ts';
import { createLiveHub, type LiveHub } from '../live/hub.ts';
import { createPlaces } from '../live/places.ts';
import { createSpread } from '../live/spread.ts';
import { type AnswersOptions, createAnswers } from './answers.ts';
import { createGraphql, type GraphqlHandler, type GraphqlOptions } from './handler.ts';
import { createLiveRequests } from './live-requests.ts';
import { createStreams } from './streams.ts';
import { createUpgrade, type Upgrade } from './upgrade.ts';

export interface GraphqlServiceOptions
  extends Omit<AnswersOptions, 'hasLive'>,
    Omit<GraphqlOptions, 'answers' | 'streams' | 'vary'> {
  /** The headers with the credentials of requests: responses vary by them. */
  readonly credentialHeaders: readonly string[];
  /** Null without live responses. */
  readonly live: LiveOptions | null;
}

interface LiveOptions {
  readonly watch: Watch;
  /** The most streams of this process, and of one client. */
  readonly max: number;
  readonly maxPerClient: number;
  /** Null if nobody signs in. */
  readonly auth: { readonly identify: Identify; readonly required: boolean } | null;
  /** Origins whose pages may connect by WebSocket. */
  readonly corsOrigins: readonly string[];
  readonly sleep: (ms: number) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** GraphQL over all transports. */
export interface GraphqlService {
  readonly handle: GraphqlHandler;
  /** Null without live responses. */
  readonly live: {
    readonly upgrade: Upgrade['handle'];
    readonly endSession: LiveHub['endSession'];
    usage(): LiveUsage;
    /** Ends all streams, and accepts no more. */
    stop(): Promise<void>;
  } | null;
}

interface LiveUsage {
  readonly questions: number;
  readonly streams: number;
  readonly sockets: number;
}

export function createGraphqlService(options: GraphqlServiceOptions): GraphqlService {
  const { credentialHeaders, live, addressOf, clock, report } = options;
  const answers = createAnswers({ ...options, hasLive: live !== null });
  const vary = ['Accept', 'Accept-Encoding', ...credentialHeaders].join(', ');
  if (!live) return { handle: createGraphql({ ...options, answers, vary, streams: null }), live: null };

  const { watch, max, maxPerClient, auth, sleep, random } = live;
  const identify = auth?.identify ?? null;
  const newPlaces = () =>
    createPlaces({ max, maxPerClient, onRefused: (why) => report({ type: 'live-refused', why }) });
  const [places, connections] = [newPlaces(), newPlaces()];
  const clientOf = (request: IncomingMessage, identity: Identity) =>
    identity.client ?? clientKeyOf(addressOf(request));
  const hub = createLiveHub({ watch, clock, sleep, random, report });
  const requests = createLiveRequests({
    ...{ answers, hub, places, watch, clientOf, identify, clock },
    limits: options.limits,
  });
  const upgrade = createUpgrade({
    ...{ connections, clientOf, allowedOrigins: new Set(live.corsOrigins) },
    async load() {
      const { createWebSockets } = await import('./web-sockets.ts');
      return createWebSockets({
        ...{ answers, live: requests, admit: options.admit, identify, clock, report },
        required: auth?.required ?? false,
        isStopping: () => places.isClosed,
      });
    },
    spread: createSpread(sleep, random),
    report,
  });
  return {
    handle: createGraphql({
      ...options,
      ...{ answers, vary },
      streams: createStreams({ answers, live: requests, vary, random, clock }),
    }),
    live: {
      upgrade: upgrade.handle,
      endSession: hub.endSession,
      usage: () => ({ ...hub.usage(), streams: places.taken, sockets: connections.taken }),
      async stop() {
        for (const each of [places, connections]) each.close();
        await Promise.all([hub.stop(), upgrade.stop()]);
      },
    },
  };
}
