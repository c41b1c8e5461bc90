import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { createResolvers } from './resolvers.ts';
import type { World } from './world.ts';

/** A catalog has another title. */
export interface Change {
  readonly sellerId: string;
  readonly catalogId: string;
  readonly title: string;
}

/** The data in memory, which changes, and the number of times that a subscription was executed. */
export function createLiveData(world: World, publish: (sellerId: string) => void) {
  const resolvers = createResolvers(world);
  const sellers = new Map(world.sellers.map((seller) => [seller.id, seller]));
  let executions = 0;

  return {
    resolvers,
    /** Resolves the root field of a subscription. */
    seller(_: unknown, { id }: { id: string }) {
      executions += 1;
      return sellers.get(id) ?? null;
    },
    /** Handles the requests of the benchmark; false for another request. */
    handle(request: IncomingMessage, response: ServerResponse): boolean {
      if (request.url === '/executions') response.end(String(executions));
      else if (request.url === '/change')
        void json(request).then((change) => {
          apply(change as Change);
          response.end();
        });
      else return false;
      return true;
    },
  };

  function apply({ sellerId, catalogId, title }: Change): void {
    const catalog = sellers.get(sellerId)?.futureCatalogs.find(({ id }) => id === catalogId);
    if (!catalog) throw new Error(`no catalog ${catalogId}`);
    Object.assign(catalog, { title });
    publish(sellerId);
  }
}
