import { isDeepStrictEqual } from 'node:util';
import { atMost } from '../../lib/figures.ts';
import { summarise } from '../../lib/statistics.ts';
import { millisecondSpread, times } from '../../lib/units.ts';
import { type Client, dataOf, parsed } from '../client.ts';
import { withServers } from '../comparison.ts';
import { gateway } from '../contenders.ts';
import { pageQuestion, SELLERS } from '../questions.ts';
import type { Scenario } from '../scenario.ts';
import { startUpstream, type Upstream } from '../upstream.ts';

const LATENCY_MS = 100;
const ADMIN_TOKEN = 'benchmark-operator';
const INVALIDATE = JSON.stringify({ query: 'mutation { invalidate(tags: ["sellers", "catalogs"]) { at } }' });
const IDS = JSON.stringify({ query: '{ sellers { items { id } } }' });

interface Round {
  readonly pageMs: number;
  readonly calls: number;
  readonly straightMs: number;
}

/** A page without any cached part, with a slow upstream. */
export const cold: Scenario = async (surroundings) => {
  const { client, quick, progress } = surroundings;
  const upstream = await startUpstream(client, {
    SANDBOX_SELLERS: String(SELLERS),
    SANDBOX_LATENCY_MS: String(LATENCY_MS),
    SANDBOX_LOTS: '40',
  });
  try {
    const contender = gateway({ ...upstream.variables, ADMIN_TOKEN });
    return await withServers([contender], surroundings, async ([server]) => {
      const url = server?.url ?? '';
      const first = await timed(() => client.ask(url, pageQuestion(1)));
      const answer = dataOf(first.result);
      const roundTrips = await createRoundTrips(client, url, upstream);
      const rounds: Round[] = [];
      while (rounds.length < (quick ? 3 : 15)) {
        progress.now(`cold round ${rounds.length + 1}`);
        dataOf(await client.ask(url, INVALIDATE, { authorization: `Bearer ${ADMIN_TOKEN}` }));
        await upstream.resetRequests();
        const page = await timed(() => client.ask(url, pageQuestion(1)));
        const calls = await upstream.countRequests();
        if (!isDeepStrictEqual(dataOf(page.result), answer)) throw new Error('a cold page is another page');
        rounds.push({ pageMs: page.ms, calls, straightMs: (await timed(roundTrips)).ms });
      }
      const cold = summarise(rounds.map(({ pageMs }) => pageMs));
      const direct = summarise(rounds.map(({ straightMs }) => straightMs));
      const called = summarise(rounds.map(({ calls }) => calls));
      const ratio = summarise(rounds.map(({ pageMs, straightMs }) => pageMs / straightMs)).median;
      return {
        title: `Cold, with an upstream that takes ${LATENCY_MS} ms`,
        about:
          'A page of 25 sellers with up to 5 future catalogs each after an invalidation of everything, compared with the same two upstream calls, made one after the other by a client that ignores the responses.',
        rows: [
          ['', 'median (low – high)', 'upstream calls', 'ratio to the two calls'],
          [
            'the page, all cold',
            millisecondSpread(cold),
            `${called.median}, at most ${called.high}`,
            times(ratio),
          ],
          ['the two upstream calls', millisecondSpread(direct), '2', times(1)],
          [
            'the first page of a process, with the token',
            `${first.ms.toFixed(0)} ms`,
            '3',
            times(first.ms / direct.median),
          ],
        ],
        figures: [
          {
            name: 'upstream calls for a cold page, after the token',
            reach: '2',
            found: String(called.high),
            reached: called.high === 2,
          },
          atMost('a cold page vs. two upstream round trips', 1.2, ratio),
        ],
        data: { rounds, firstMs: first.ms },
      };
    });
  } finally {
    await upstream.stop();
  }
};

/** The list of sellers, then the catalogs of 25 of them: the calls that the gateway makes for the page. */
async function createRoundTrips(
  client: Client,
  gatewayUrl: string,
  { url }: Upstream,
): Promise<() => Promise<void>> {
  const token = await client.send({
    url: `${url}/connect/token`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'password',
      username: 'sandbox',
      password: 'sandbox',
      client_id: 'sandbox',
      client_secret: 'sandbox',
    }).toString(),
  });
  const { access_token } = parsed(token) as { access_token: string };
  const listed = dataOf<{ sellers: { items: { id: string }[] } }>(await client.ask(gatewayUrl, IDS));
  const ids = listed.sellers.items.map(({ id }) => `&SellerIds=${id}`).join('');
  const get = async (path: string) => {
    const { status } = await client.send({
      url: `${url}/api/${path}`,
      headers: { authorization: `Bearer ${access_token}` },
    });
    if (status !== 200) throw new Error(`the sandbox answers ${status} to ${path}`);
  };
  return async () => {
    await get('Seller?PageSize=1000&PageNumber=1');
    await get(`Catalog?PageSize=1000&PageNumber=1${ids}`);
  };
}

async function timed<T>(act: () => Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
  const beganAt = performance.now();
  const result = await act();
  return { result, ms: performance.now() - beganAt };
}
