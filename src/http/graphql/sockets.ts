import type { IncomingMessage } from 'node:http';
import { parse } from 'graphql';
import { type Context, makeServer } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { publicSchema } from '../../schema/index.ts';
import type { Admit } from '../auth/admission.ts';
import type { Identify } from '../auth/identity.ts';
import type { HttpEvent } from '../events.ts';
import { guardSocket } from '../live/socket-guard.ts';
import { CLOSE, closeForRestart, openEndedOperation, openSocketOutlet } from '../live/socket-outlet.ts';
import { type ParsedRequest, readDirectives } from '../response-cache/parsed-request.ts';
import type { ServedResponse } from '../response-cache/stored-response.ts';
import { INTERNAL_MESSAGE } from '../responses.ts';
import { refusalOf } from '../route.ts';
import type { Answers, Origin } from './answers.ts';
import { isRefused, LIVE_MEDIA_TYPE, type LiveRequests } from './live-requests.ts';

export interface SocketsOptions {
  readonly answers: Answers;
  readonly live: LiveRequests;
  readonly admit: Admit;
  /** Null if nobody signs in. */
  readonly identify: Identify | null;
  /** Whether nobody is refused. */
  readonly required: boolean;
  /** Whether this process accepts no more subscriptions. */
  readonly isStopping: () => boolean;
  readonly clock: { monotonic(): number };
  readonly report: (event: HttpEvent) => void;
}

/** One WebSocket. */
interface SocketState {
  readonly socket: WebSocket;
  readonly requestId: string;
  /** The handshake, with the credentials of `connectionParams`. */
  request: IncomingMessage;
  /** The responses to queries so far, until the system has taken them. */
  sending: Promise<void>;
}

interface Operation {
  readonly state: SocketState;
  readonly id: string;
  readonly payload: object;
  /** Ends the operation without a word to the client: it has got an error. */
  readonly abandon: () => void;
}

const NO_DIRECTIVES = readDirectives({});
// RFC 6455, 5.5.
const MAX_REASON_BYTES = 123;
// The library selects by its document how it runs an operation. All of ours last until they are ended.
const LASTING = parse('subscription { lasting }');

/** Serves GraphQL over a WebSocket (graphql-transport-ws). graphql-ws speaks the protocol; results pass it as bytes. */
export function createSockets(options: SocketsOptions): (socket: WebSocket, origin: Origin) => void {
  const { answers, live, admit, identify, required, isStopping, clock, report } = options;
  const protocol = makeServer<Record<string, unknown>, SocketState>({
    onConnect: async ({ extra: state, connectionParams }) => {
      const authorization = connectionParams?.authorization ?? connectionParams?.Authorization;
      if (typeof authorization === 'string') state.request = withAuthorization(state.request, authorization);
      if (!identify) return true;
      const { principal } = await identify(state.request);
      return principal !== null || !required;
    },
    onSubscribe: (context, id, payload) => ({
      schema: publicSchema,
      document: LASTING,
      contextValue: { state: context.extra, id, payload, abandon: () => abandon(context, id) },
    }),
    subscribe: (args) => run(args.contextValue as Operation),
  });

  return (socket, { request, requestId }) => {
    const isAllowed = guardSocket(socket, clock);
    const state: SocketState = { socket, request, requestId, sending: Promise.resolve() };
    socket.on('error', () => socket.terminate());
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) =>
          new Promise((resolve) => {
            if (socket.readyState === socket.OPEN) socket.send(text, () => resolve());
            else resolve();
          }),
        // It may have an id that the client chose.
        close: (code, reason = '') =>
          socket.close(code, Buffer.byteLength(reason) > MAX_REASON_BYTES ? '' : reason),
        onMessage: (handle) =>
          socket.on('message', (data) => {
            if (isAllowed()) handle(String(data)).catch((error: unknown) => fail(socket, error));
          }),
      },
      state,
    );
    socket.once('close', (code, reason) => void closed(code, String(reason)));
  };

  function fail(socket: WebSocket, error: unknown): void {
    const refusal = expectedRefusal(error);
    if (isOfServer(error)) socket.close(CLOSE.badRequest, 'Invalid message received');
    else if (!refusal) {
      report({ type: 'internal-error', cause: error });
      socket.close(CLOSE.internalError, 'Internal server error');
    } else if (refusal.status === 503) socket.close(CLOSE.tryAgainLater, 'Try again later');
    else socket.close(CLOSE.forbidden, 'Forbidden');
  }

  async function run(operation: Operation): Promise<AsyncGenerator<never, void>> {
    const { state, id } = operation;
    try {
      return await start(operation);
    } catch (error) {
      const refusal = expectedRefusal(error);
      if (!refusal) report({ type: 'internal-error', cause: error });
      // Clients take an error for the last word, and come back after this.
      if (isStopping()) closeForRestart(state.socket);
      const { code, message, headers } = refusal ?? INTERNAL;
      const retryAfter = Number(headers['Retry-After']) || undefined;
      sendErrors(state.socket, id, JSON.stringify([{ message, extensions: { code, retryAfter } }]));
      operation.abandon();
      return endedOperation();
    }
  }

  async function start({
    state,
    id,
    payload,
    abandon: end,
  }: Operation): Promise<AsyncGenerator<never, void>> {
    const { socket, request, requestId } = state;
    const admission = await admit({ request, requestId, response: null });
    const parsed: ParsedRequest = {
      ...{ method: 'POST', headers: request.headers, mediaType: LIVE_MEDIA_TYPE },
      text: Buffer.from(JSON.stringify(payload)).toString('latin1'),
      ...{ directives: NO_DIRECTIVES, admission, debug: false },
    };
    // The library keeps the message as long as the operation lasts.
    for (const name of Object.keys(payload)) Reflect.set(payload, name, undefined);
    const origin = { request, requestId };
    const { parameters, operation } = await answers.resolve(parsed, origin);
    const outlet = openSocketOutlet(socket, id);
    if (operation?.type === 'subscription') {
      const opened = await live.open(parsed, parameters, origin, () => outlet);
      return 'refusal' in opened ? refuse(opened.refusal) : openEndedOperation(opened.close);
    }
    const { served } = await answers.find(parsed, origin);
    if (isRefused(served)) return refuse(served);
    // One after the other: of a client that reads nothing, one response waits as a copy of its own.
    const before = state.sending;
    state.sending = before.then(() => new Promise((sent) => outlet.write(served.stored.bytes, sent)));
    await state.sending;
    return endedOperation();

    function refuse({ stored }: ServedResponse): AsyncGenerator<never, void> {
      const { errors } = JSON.parse(stored.bytes.toString());
      sendErrors(socket, id, JSON.stringify(errors));
      end();
      return endedOperation();
    }
  }
}

/** Whether a client sent a message that only servers send: graphql-ws has no class for this error. */
function isOfServer(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Unexpected message of type');
}

const INTERNAL = {
  code: 'INTERNAL_SERVER_ERROR',
  message: INTERNAL_MESSAGE,
  headers: {} as Readonly<Record<string, string>>,
};

/** Null for an internal error. */
function expectedRefusal(error: unknown) {
  try {
    return refusalOf(error);
  } catch {
    return null;
  }
}

/** An operation that has had all of its results. */
function endedOperation(): AsyncGenerator<never, void> {
  const operation = openEndedOperation(() => {});
  void operation.return();
  return operation;
}

function sendErrors(socket: WebSocket, id: string, errors: string): void {
  if (socket.readyState === socket.OPEN)
    socket.send(`{"id":${JSON.stringify(id)},"type":"error","payload":${errors}}`);
}

/** Keeps the library from completing an operation that has had an error. */
function abandon(context: Context<Record<string, unknown>, SocketState>, id: string): void {
  delete (context.subscriptions as Record<string, unknown>)[id];
}

function withAuthorization(request: IncomingMessage, authorization: string): IncomingMessage {
  return Object.create(request, { headers: { value: { ...request.headers, authorization } } });
}
