import { serverAudits } from 'graphql-http';
import { describe, expect, it } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

interceptUpstream();

const COUNT = 61;

describe('GraphQL over HTTP, by the audits of graphql-http', () => {
  let url = '';
  const audits = serverAudits({ url: () => url });

  it(`has ${COUNT} audits`, () => {
    expect(audits).toHaveLength(COUNT);
  });

  for (const { id, name, fn } of audits) {
    it(`${id}: ${name}`, async () => {
      url = `${(await startGateway()).origin}/graphql`;
      // A failed audit returns a reason. For a SHOULD or MAY requirement its status is a warning.
      expect(await fn()).toEqual({ id, name, status: 'ok' });
    });
  }
});
