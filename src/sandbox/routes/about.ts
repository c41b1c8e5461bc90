import type { SandboxResponse } from './response.ts';

/** The page for a person who opens the sandbox in a browser. */
export const ABOUT: SandboxResponse = {
  status: 200,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: `This is the catalog-gateway sandbox: a simulated ABConnect Catalog API for development and tests.

Routes of the real service (username, password, client_id and client_secret are all "sandbox"):
  POST   /connect/token           password and refresh_token grants
  GET    /api/Seller              PageSize PageNumber Id Name CustomerDisplayId IsActive
  GET    /api/Seller/{id}
  GET    /api/Catalog             PageSize PageNumber Id CustomerCatalogId Agent Title StartDate EndDate
                                  IsCompleted SellerIds
  GET    /api/Catalog/{id}

Control routes of the sandbox; they need no token and have no added latency or faults:
  GET    /control                 the settings, the request count of each route and the connection count
  PATCH  /control                 changes settings, for example {"errorRate": 0.1, "latencyMs": {"min": 0, "max": 0}}
  DELETE /control/requests        resets the counts to zero
  PUT    /control/sellers/{id}    changes a seller: name, isActive, customerDisplayId
  PUT    /control/catalogs/{id}   changes or creates a catalog: title, startDate, sellerIds
  DELETE /control/catalogs/{id}   removes a catalog
`,
};
