import { describe, expect, it, onTestFinished } from 'vitest';
import { InvalidateDocument } from '../operations/generated.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { connectTo, post } from '../support/http-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';
import { openRawSocket } from './raw-socket.ts';

const mockUpstream = interceptUpstream();
const ADMIN_TOKEN = 'a-token-for-operators';
const SELLERS = 'subscription { sellers(pageSize: 200) { items { name } } }';
// Together more than the system keeps for a connection.
const SELLER_COUNT = 200;
const NAME = 'x'.repeat(80_000);

async function followSse(gateway: TestGateway): Promise<void> {
  const { socket, write } = await connectTo(gateway);
  onTestFinished(() => void socket.destroy());
  socket.pause();
  write(
    `GET /graphql?query=${encodeURIComponent(SELLERS)} HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n`,
  );
}

async function followSocket(gateway: TestGateway): Promise<void> {
  const { webSocket, send } = await openRawSocket(gateway, { isAcknowledged: true });
  webSocket.pause();
  send({ id: 'a', type: 'subscribe', payload: { query: SELLERS } });
}

describe('a client that reads nothing', () => {
  it.each([
    ['an event stream', followSse],
    ['a WebSocket', followSocket],
  ])('of %s waits for the latest response alone, and is cut after 30 s', async (_, follow) => {
    const upstream = mockUpstream({
      sellers: Array.from({ length: SELLER_COUNT }, (__, index) =>
        sellerRecord({ id: index + 1, name: NAME }),
      ),
    });
    const gateway = await startGateway({ ADMIN_TOKEN });
    const eventsOf = (type: string) => gateway.events.filter((event) => event.type === type);
    await follow(gateway);
    await expect.poll(() => eventsOf('live-opened').length, { timeout: 20_000 }).toBe(1);
    for (const change of [1, 2, 3]) {
      upstream.sellers[0] = sellerRecord({ id: 1, name: `Renamed ${change}` });
      await gateway.query(InvalidateDocument, { tags: ['sellers'] }, ADMIN_TOKEN);
      await expect.poll(() => eventsOf('live-renewed').length, { timeout: 20_000 }).toBe(change);
    }
    expect(eventsOf('live-closed')).toEqual([]);
    expect((await post(gateway, { query: '{ __typename }' })).status).toBe(200);
    gateway.clock.ms += 30_000;
    await expect.poll(() => eventsOf('live-closed')).toMatchObject([{ by: 'slow' }]);
    // One more was being sent. Of these, each took the place of the one before.
    expect(eventsOf('live-delivered')).toMatchObject([
      { frames: { sent: 0, waiting: 1 } },
      { frames: { sent: 0, replaced: 1 } },
      { frames: { sent: 0, replaced: 1 } },
    ]);
  });
});
