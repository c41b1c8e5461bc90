import { createServer } from 'node:http';
import { createPubSub, createSchema, createYoga, Repeater } from 'graphql-yoga';
import { createLiveData } from './live-data.ts';
import { readArguments } from './world.ts';

const { port, world } = readArguments();

const pubSub = createPubSub<{ seller: [id: string, change: true] }>();
const data = createLiveData(world, (sellerId) => pubSub.publish('seller', sellerId, true));

const yoga = createYoga({
  schema: createSchema({
    typeDefs: world.typeDefs,
    resolvers: {
      ...data.resolvers,
      Subscription: {
        seller: {
          // What is there now, and again after each change, as the documentation of Yoga advises.
          subscribe: (_: unknown, { id }: { id: string }) =>
            Repeater.merge([undefined, pubSub.subscribe('seller', id)]),
          resolve: data.seller,
        },
      },
    },
  }),
});

// The benchmark pauses between its requests.
createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
  if (!data.handle(request, response)) void yoga(request, response);
}).listen(port, '127.0.0.1');
