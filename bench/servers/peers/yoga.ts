import { createServer } from 'node:http';
import { useResponseCache } from '@graphql-yoga/plugin-response-cache';
import { createSchema, createYoga } from 'graphql-yoga';
import { createResolvers } from './resolvers.ts';
import { readArguments } from './world.ts';

const { port, world } = readArguments();

const yoga = createYoga({
  schema: createSchema({ typeDefs: world.typeDefs, resolvers: createResolvers(world) }),
  plugins: process.argv.includes('--response-cache') ? [useResponseCache({ session: () => null })] : [],
});

createServer(yoga).listen(port, '127.0.0.1');
