import { expect, it } from 'vitest';
import { GET, type Route } from '../../src/http/route.ts';
import { startHttpLayer } from '../support/http-layer.ts';

const route: Route = {
  path: '/thing',
  methods: [...GET, 'POST', 'DELETE'],
  serve: async ({ request, response }) => void response.end(request.method),
};

it.each(['GET', 'POST', 'DELETE'])('a route serves %s beside its other methods', async (method) => {
  const { origin } = await startHttpLayer({}, { routes: [route] });
  expect(await (await fetch(`${origin}/thing`, { method })).text()).toBe(method);
});

it('a route names all methods that it accepts to a client with another', async () => {
  const { origin } = await startHttpLayer({}, { routes: [route] });
  const response = await fetch(`${origin}/thing`, { method: 'PUT' });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, DELETE']);
  expect(await response.json()).toMatchObject({
    errors: [{ message: 'This path accepts GET, POST and DELETE only.' }],
  });
});
