import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { EXECUTIONS } from '../live/probe.ts';
import { createResolvers } from './resolvers.ts';
import type { World } from './world.ts';

/** A catalog has another title. */
export interface Change {
  readonly sellerId: string;
  readonly catalogId: string;
  readonly title: string;
}

/** The data in memory, which changes. */
export function createLiveData(world: World, publish: (sellerId: string) => void) {
  const resolvers = createResolvers(world);
  const sellers = new Map(world.sellers.map((seller) => [seller.id, seller]));
  const executions = channel(EXECUTIONS);

  return {
    resolvers,
    /** Resolves the root field of a subscription. */
    seller(_: unknown, { id }: { id: string }) {
      executions.publish(undefined);
      return sellers.get(id) ?? null;
    },
    /** Handles the changes of the benchmark; false for another request. */
    handle(request: IncomingMessage, response: ServerResponse): boolean {
      if (request.url !== '/change') return false;
      void json(request).then((change) => {
        apply(change as Change);
        response.end();
      });
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
