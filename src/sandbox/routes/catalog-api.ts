import type { World } from '../world.ts';
import { selectCatalogs, selectSellers } from './lists.ts';
import { pageText } from './page-text.ts';
import { InvalidParameters, int32, readParameters } from './parameters.ts';
import { json, problem, type SandboxResponse } from './response.ts';
import type { Route } from './route.ts';

/** A request for a route of the Catalog API. */
export interface CatalogRequest {
  readonly route: Exclude<Route, 'POST /connect/token'>;
  readonly id: string;
  readonly query: Iterable<readonly [string, string]>;
}

/** The response of the Catalog API to a request with a valid token. */
export function catalogResponse(world: World, request: CatalogRequest): SandboxResponse {
  try {
    return recordsResponse(world, request);
  } catch (error) {
    if (!(error instanceof InvalidParameters)) throw error;
    return problem(400, { title: 'One or more validation errors occurred.', errors: error.errors });
  }
}

function recordsResponse(
  { data, json: text, settings }: World,
  { route, id, query }: CatalogRequest,
): SandboxResponse {
  switch (route) {
    case 'GET /Seller':
      return json(200, pageText(selectSellers(data, query), settings.maxPageSize, text.seller));
    case 'GET /Catalog':
      return json(200, pageText(selectCatalogs(data, query), settings.maxPageSize, text.catalog));
    case 'GET /Seller/{id}':
      return one(id, data.seller, text.seller);
    case 'GET /Catalog/{id}':
      return one(id, data.catalog, text.catalog);
  }
}

function one(id: string, recordOf: (id: number) => unknown, textOf: (id: number) => string): SandboxResponse {
  const [number] = readParameters({ id: int32 }, [['id', id]]).id;
  const exists = number !== undefined && recordOf(number) !== null;
  return exists ? json(200, textOf(number)) : problem(404, { detail: `No record has id ${id}.` });
}
