import { fastify } from 'fastify';
import mercurius, { type PubSub } from 'mercurius';
import { createLiveData } from '../live-data.ts';
import { readArguments } from '../world.ts';

const { port, world } = readArguments();

const app = fastify();
const data = createLiveData(world, (sellerId) =>
  app.graphql.pubsub.publish({ topic: `seller-${sellerId}`, payload: {} }),
);
await app.register(mercurius, {
  schema: world.typeDefs,
  resolvers: {
    ...data.resolvers,
    Subscription: {
      seller: {
        // What is there now, and again after each change.
        async *subscribe(_: unknown, { id }: { id: string }, { pubsub }: { pubsub: PubSub }) {
          const changes = await pubsub.subscribe(`seller-${id}`);
          yield {};
          yield* changes;
        },
        resolve: data.seller,
      },
    },
  },
  jit: 1,
  subscription: true,
});
// Before Fastify reads the body.
app.addHook('onRequest', async (request, reply) => {
  if (data.handle(request.raw, reply.raw)) reply.hijack();
});
await app.listen({ port, host: '127.0.0.1' });
