import { inspect } from 'node:util';
import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { createClient as createStreams } from 'graphql-sse';
import { createClient as createSocket } from 'graphql-ws';
import relay, { type ConcreteRequest } from 'relay-runtime';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { InvalidateDocument } from '../operations/generated.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';
import { createSocketLink, createStreamLink } from './snippets/live-apollo.ts';
import { createSubscribe } from './snippets/live-relay.ts';
import { createSocketClient, createStreamingClient } from './snippets/live-urql.ts';

const mockUpstream = interceptUpstream();
const ADMIN_TOKEN = 'a-token-for-operators';
const SELLERS = 'subscription Sellers { sellers { items { id name } } }';
const WRONG = 'subscription { sellers { nothing } }';
const MESSAGE = 'Cannot query field "nothing" on type "SellerPage".';

// Node 24 has the WebSocket of browsers, without the close codes that MSW hides; `ws` is what servers use.
const own = globalThis.WebSocket;
beforeAll(() => void Object.assign(globalThis, { WebSocket }));
afterAll(() => void Object.assign(globalThis, { WebSocket: own }));

async function start() {
  const upstream = mockUpstream({ sellers: [sellerRecord({ id: 1, name: 'First' })] });
  const gateway = await startGateway({ ADMIN_TOKEN });
  return {
    gateway,
    url: `${gateway.origin}/graphql`,
    socketUrl: `${gateway.origin.replace('http', 'ws')}/graphql`,
    async rename(name: string) {
      upstream.sellers[0] = sellerRecord({ id: 1, name });
      await gateway.query(InvalidateDocument, { tags: ['sellers'] }, ADMIN_TOKEN);
    },
    /** How many streams the client has closed. */
    closed: () => gateway.events.filter(({ type }) => type === 'live-closed').length,
  };
}

type Scene = Awaited<ReturnType<typeof start>>;
type Follow = (
  scene: Scene,
  query: string,
  next: (data: unknown) => void,
  error: (error: unknown) => void,
) => () => void;

const apollo =
  (linkOf: (scene: Scene) => ReturnType<typeof createStreamLink>): Follow =>
  (scene, query, next, error) => {
    const client = new ApolloClient({ cache: new InMemoryCache(), link: linkOf(scene) });
    onTestFinished(() => client.stop());
    const subscription = client
      .subscribe({ query: gql(query) })
      .subscribe({ next: (result) => (result.error ? error(result.error) : next(result.data)), error });
    return () => subscription.unsubscribe();
  };

const urql =
  (clientOf: (scene: Scene) => ReturnType<typeof createStreamingClient>): Follow =>
  (scene, query, next, error) =>
    clientOf(scene)
      .subscription(query, {})
      .subscribe((result) => (result.error ? error(result.error) : next(result.data))).unsubscribe;

const CLIENTS: Readonly<Record<string, Follow>> = {
  'graphql-sse': ({ url }, query, next, error) =>
    createStreams({ url, retryAttempts: 0 }).subscribe(
      { query },
      { next: ({ data, errors }) => (errors ? error(errors) : next(data)), error, complete() {} },
    ),
  'graphql-ws': ({ socketUrl }, query, next, error) =>
    createSocket({ url: socketUrl, webSocketImpl: WebSocket, retryAttempts: 0 }).subscribe(
      { query },
      { next: ({ data, errors }) => (errors ? error(errors) : next(data)), error, complete() {} },
    ),
  'Apollo Client over a WebSocket': apollo(({ url, socketUrl }) => createSocketLink(url, socketUrl)),
  'Apollo Client over event streams': apollo(({ url }) => createStreamLink(url)),
  'urql over event streams': urql(({ url }) => createStreamingClient(url)),
  'urql over a WebSocket': urql(({ url, socketUrl }) => createSocketClient(url, socketUrl)),
  Relay({ socketUrl }, query, next, error) {
    const { Environment, Network, RecordSource, Store, Observable } = relay;
    const environment = new Environment({
      store: new Store(new RecordSource()),
      network: Network.create(() => Observable.create(() => {}), createSubscribe(socketUrl) as never),
    });
    const params = { text: query, name: 'Sellers', operationKind: 'subscription', metadata: {}, id: null };
    return environment
      .getNetwork()
      .execute(params as ConcreteRequest['params'], {}, { force: true })
      .subscribe({ next: (result) => next((result as { data: unknown }).data), error }).unsubscribe;
  },
};

const named = (name: string) => ({ sellers: { items: [expect.objectContaining({ id: '1', name })] } });

describe.each(Object.entries(CLIENTS))('%s', (_, follow) => {
  it('shows a change, and closes its stream', async () => {
    const scene = await start();
    const seen: unknown[] = [];
    const stop = follow(
      scene,
      SELLERS,
      (data) => void seen.push(data),
      (error) => void seen.push(error),
    );
    await expect.poll(() => seen).toMatchObject([named('First')]);
    await scene.rename('Second');
    await expect.poll(() => seen).toMatchObject([named('First'), named('Second')]);
    stop();
    await expect.poll(scene.closed).toBe(1);
  });

  it('gets what is wrong with an operation', async () => {
    const scene = await start();
    const errors: unknown[] = [];
    const stop = follow(
      scene,
      WRONG,
      () => {},
      (error) => void errors.push(error),
    );
    // urql tells it again at the end of the stream.
    await expect.poll(() => errors.length).toBeGreaterThan(0);
    expect(inspect(errors[0])).toContain(MESSAGE);
    stop();
  });
});
