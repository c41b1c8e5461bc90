import { parseBoundedJson } from './bounded-json.ts';
import type { Report, Route } from './events.ts';
import { invalid } from './failures.ts';
import type { HttpResponse } from './http-exchange.ts';

import { PayloadFault } from './payloads.ts';

/** The body of the response as parsed by `read`. Throws UpstreamInvalid if it is not JSON or `read` throws PayloadFault. */
export function readJson<T>(
  route: Route,
  response: HttpResponse,
  read: (body: unknown) => T,
  report: Report,
): T {
  try {
    return read(parseBoundedJson(response.text));
  } catch (error) {
    if (!(error instanceof PayloadFault)) throw error;
    report({ type: 'upstream-payload-rejected', route, field: error.field });
    throw invalid(error.message);
  }
}
