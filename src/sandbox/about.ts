import type { Answer } from './answer.ts';

/** The page for a person who opens the sandbox in a browser. */
export const ABOUT: Answer = {
  status: 200,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: `This is the sandbox of catalog-gateway: a made-up ABConnect Catalog API, for development and tests.

As in the real service (username, password, client_id and client_secret are all "sandbox"):
  POST   /connect/token           password and refresh_token grants
  GET    /api/Seller              PageSize PageNumber Id Name CustomerDisplayId IsActive
  GET    /api/Seller/{id}
  GET    /api/Catalog             PageSize PageNumber Id CustomerCatalogId Agent Title StartDate EndDate
                                  IsCompleted SellerIds
  GET    /api/Catalog/{id}

Its own, without a token, a latency or a fault:
  GET    /control                 the settings, and how many requests came by which route
  PATCH  /control                 changes settings, such as {"errorRate": 0.1, "latencyMs": {"min": 0, "max": 0}}
  DELETE /control/requests        counts from zero again
  PUT    /control/sellers/{id}    changes a seller: name, isActive, customerDisplayId
  PUT    /control/catalogs/{id}   changes or creates a catalog: title, startDate, sellerIds
  DELETE /control/catalogs/{id}   removes a catalog
`,
};
