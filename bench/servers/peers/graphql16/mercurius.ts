import { fastify } from 'fastify';
import mercurius from 'mercurius';
import mercuriusCache from 'mercurius-cache';
import { createResolvers } from '../resolvers.ts';
import { readArguments } from '../world.ts';

const { port, world } = readArguments();

// It caches results of resolvers, not responses.
const MOST_CACHED = 10_000;
const TTL_SECONDS = 3600;

const app = fastify();
await app.register(mercurius, {
  schema: world.typeDefs,
  resolvers: createResolvers(world),
  jit: 1,
});
if (process.argv.includes('--cache')) {
  // The package is CommonJS, and its types put the export one level deeper than node does.
  await app.register(mercuriusCache.default, {
    all: true,
    ttl: TTL_SECONDS,
    storage: { type: 'memory', options: { size: MOST_CACHED } },
  });
}
await app.listen({ port, host: '127.0.0.1' });
