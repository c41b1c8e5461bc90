import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControl } from '@apollo/server/plugin/cacheControl';
import { startStandaloneServer } from '@apollo/server/standalone';
import responseCache from '@apollo/server-plugin-response-cache';
import { createResolvers } from '../resolvers.ts';
import { readArguments } from '../world.ts';

const { port, world } = readArguments();

const server = new ApolloServer({
  typeDefs: world.typeDefs,
  resolvers: createResolvers(world),
  plugins: [ApolloServerPluginCacheControl({ defaultMaxAge: 3600 }), responseCache()],
});

await startStandaloneServer(server, { listen: { port, host: '127.0.0.1' } });
