import type { Socket } from 'node:net';
import type { Route } from './route.ts';

/** How many requests reached each route, whatever became of them; `other` is what is no route of the contract. */
export type RequestCounts = Readonly<Record<Route | 'other', number>>;

/** Counts what reaches the sandbox, the control routes and the page at `/` left out. */
export interface Traffic {
  record(route: Route | 'other', connection: Socket): void;
  requests(): RequestCounts;
  /** How many connections the counted requests came over; one that was in use before a reset is not counted again. */
  connections(): number;
  reset(): void;
}

export function createTraffic(): Traffic {
  const known = new WeakSet<Socket>();
  let connections = 0;
  let counts = none();
  return {
    record(route, connection) {
      counts[route] += 1;
      if (known.has(connection)) return;
      known.add(connection);
      connections += 1;
    },
    requests: () => ({ ...counts }),
    connections: () => connections,
    reset() {
      counts = none();
      connections = 0;
    },
  };
}

function none(): Record<Route | 'other', number> {
  return {
    'POST /connect/token': 0,
    'GET /Seller': 0,
    'GET /Seller/{id}': 0,
    'GET /Catalog': 0,
    'GET /Catalog/{id}': 0,
    other: 0,
  };
}
