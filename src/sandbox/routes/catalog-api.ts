import type { World } from '../world.ts';
import { selectCatalogs, selectSellers } from './lists.ts';
import { pageText } from './page-text.ts';
import { InvalidParameters, int32, readParameters } from './parameters.ts';
import { type Answer, json, problem } from './response.ts';
import type { Route } from './route.ts';

/** A request for a route of the Catalog API. */
export interface CatalogRequest {
  readonly route: Exclude<Route, 'POST /connect/token'>;
  readonly id: string;
  readonly query: Iterable<readonly [string, string]>;
}

/** What the Catalog API answers to somebody who may ask. */
export function answerCatalogApi(world: World, request: CatalogRequest): Answer {
  try {
    return answer(world, request);
  } catch (error) {
    if (!(error instanceof InvalidParameters)) throw error;
    return problem(400, { title: 'One or more validation errors occurred.', errors: error.errors });
  }
}

function answer({ data, json: text, settings }: World, { route, id, query }: CatalogRequest): Answer {
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

function one(id: string, recordOf: (id: number) => unknown, textOf: (id: number) => string): Answer {
  const [number] = readParameters({ id: int32 }, [['id', id]]).id;
  const exists = number !== undefined && recordOf(number) !== null;
  return exists ? json(200, textOf(number)) : problem(404, { detail: `No record has id ${id}.` });
}
