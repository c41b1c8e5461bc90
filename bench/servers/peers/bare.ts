import { createServer } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { readArguments, type StoredAnswer } from './world.ts';

// The upper limit: a server that reads the request's body, and then sends stored bytes.

const { port, world } = readArguments();

const CODINGS = { br: brotliCompressSync, gzip: gzipSync };

type Coding = keyof typeof CODINGS | 'identity';

const ready = new Map(world.stored.map((answer) => [answer.request, prepare(answer)]));
const [only] = ready.size === 1 ? ready.values() : [];

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const answer = only ?? ready.get(Buffer.concat(chunks).toString());
    if (!answer) {
      response.writeHead(404).end();
      return;
    }
    const { headers, bytes } = answer(codingFor(request.headers['accept-encoding']));
    response.writeHead(200, headers).end(bytes);
  });
}).listen(port, '127.0.0.1');

function prepare({ response, headers }: StoredAnswer) {
  const identity = Buffer.from(response);
  const made = new Map<Coding, { readonly headers: Record<string, string>; readonly bytes: Buffer }>();
  // When it is first needed: a thousand responses take half a minute to compress.
  return (coding: Coding) => {
    const known = made.get(coding);
    if (known) return known;
    const bytes = coding === 'identity' ? identity : CODINGS[coding](identity);
    const more = coding === 'identity' ? {} : { 'content-encoding': coding };
    const sent = { headers: { ...headers, ...more, 'content-length': String(bytes.length) }, bytes };
    made.set(coding, sent);
    return sent;
  };
}

function codingFor(accepted: string | undefined): Coding {
  return accepted === 'br' || accepted === 'gzip' ? accepted : 'identity';
}
