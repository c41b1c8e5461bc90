import { onTestFinished } from 'vitest';
import type { HttpEvent } from '../../src/http/events.ts';
import { createGateway, type GatewayOptions } from '../../src/http/gateway.ts';
import { createHttpServer } from '../../src/http/server.ts';
import type { Repository } from '../../src/repository/index.ts';

/** What a test's repository does instead of the methods of the real one. */
export interface FakeRepository {
  readonly sellers?: Partial<Repository['sellers']>;
  readonly catalogs?: Partial<Repository['catalogs']>;
  readonly today?: Repository['today'];
}

/** The HTTP layer alone, on a port of its own, over a repository of the test's. Closed when the test has finished. */
export async function startHttpLayer(
  { sellers, catalogs, today = () => ({ startsAt: new Date(0), endsAt: new Date(1) }) }: FakeRepository,
  options: Partial<GatewayOptions> = {},
) {
  const events: HttpEvent[] = [];
  const server = createHttpServer(
    createGateway({
      repository: { sellers, catalogs, today, newRead: () => ({}) } as Repository,
      adminToken: null,
      limits: { tokens: 2000, aliases: 50, depth: 10, pageCost: 10_000 },
      graphiql: false,
      corsOrigins: [],
      readiness: () => ({ ready: server.open }),
      clock: { now: () => 0 },
      report: (event) => events.push(event),
      ...options,
    }),
  );
  const origin = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`;
  onTestFinished(() => server.close(0));
  return { origin, events, server };
}
