import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { createLiveData } from './live-data.ts';
import { readArguments } from './world.ts';

// The lower limit: a server that reads the request's body, and then writes the same event to every response.

const { port, world } = readArguments();

const responses = new Set<ServerResponse>();
let event: Buffer = Buffer.alloc(0);
const data = createLiveData(world, (id) => {
  event = eventOf(id);
  for (const response of responses) response.write(event);
});

createServer({ keepAliveTimeout: 120_000 }, async (request, response) => {
  if (data.handle(request, response)) return;
  await text(request);
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  if (!request.headers.accept?.includes('event-stream')) {
    response.end();
    return;
  }
  response.write(event);
  responses.add(response);
  response.on('close', () => responses.delete(response));
}).listen(port, '127.0.0.1');

function eventOf(id: string): Buffer {
  const { futureCatalogs, ...seller } = data.seller(null, { id }) ?? { futureCatalogs: [] };
  const [first] = futureCatalogs;
  const later = futureCatalogs.map(({ title: _, ...catalog }) => catalog);
  const next = { items: [{ id: first?.id, title: first?.title }] };
  const page = { page: 1, pageSize: later.length, totalItems: later.length, items: later };
  return Buffer.from(
    `event: next\ndata: ${JSON.stringify({ data: { seller: { ...seller, later: page, next } } })}\n\n`,
  );
}
