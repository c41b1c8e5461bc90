import { inspect } from 'node:util';
import { HttpResponse } from 'msw';
import { expect, it } from 'vitest';
import { problem } from '../support/catalog-api-answers.ts';
import { CREDENTIALS, type MockFault, type MockRoute } from '../support/catalog-api-mock.ts';
import { upstreamClient } from '../support/upstream-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mocked = interceptUpstream();

const SECRETS = [...Object.values(CREDENTIALS), 'mock-access-token', 'mock-refresh-token'];
const echo: MockFault = ({ headers, form }) =>
  HttpResponse.text(`<p>${headers.get('authorization')} ${form}</p> ${SECRETS.join(' ')}`);

it.each<[string, MockRoute, MockFault]>([
  ['the password is refused', 'POST /connect/token', () => problem(400)],
  ['the token endpoint echoes what it got', 'POST /connect/token', echo],
  [
    'the token endpoint refuses and echoes',
    'POST /connect/token',
    () => HttpResponse.json({ error: SECRETS.join() }, { status: 401 }),
  ],
  [
    'a token can not be sent',
    'POST /connect/token',
    () => HttpResponse.json({ access_token: 'mock-access-token\n', expires_in: 60 }),
  ],
  ['the token is refused', 'GET /Seller', () => problem(401)],
  ['the Catalog API echoes what it got', 'GET /Seller', echo],
  ['the Catalog API fails', 'GET /Seller', () => problem(500)],
  ['the connection fails', 'GET /Seller', () => HttpResponse.error()],
])(
  'no event and no error contains a credential, a token or an address when %s',
  async (_case, route, fault) => {
    mocked().fail(route, fault);
    const { api, events } = upstreamClient();
    const failure: unknown = await api.sellers().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    const seen = inspect([events, failure], { depth: null, showHidden: true, maxStringLength: null });
    for (const secret of [...SECRETS, 'catalog.test', 'identity.test']) expect(seen).not.toContain(secret);
  },
);
