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
    const answers = only ?? ready.get(Buffer.concat(chunks).toString());
    if (!answers) {
      response.writeHead(404).end();
      return;
    }
    const { headers, bytes } = answers[codingFor(request.headers['accept-encoding'])];
    response.writeHead(200, headers).end(bytes);
  });
}).listen(port, '127.0.0.1');

function prepare({ response, headers }: StoredAnswer) {
  const sent = (bytes: Buffer, more: Record<string, string> = {}) => ({
    headers: { ...headers, ...more, 'content-length': String(bytes.length) },
    bytes,
  });
  const identity = Buffer.from(response);
  return {
    identity: sent(identity),
    gzip: sent(CODINGS.gzip(identity), { 'content-encoding': 'gzip' }),
    br: sent(CODINGS.br(identity), { 'content-encoding': 'br' }),
  };
}

function codingFor(accepted: string | undefined): Coding {
  return accepted === 'br' || accepted === 'gzip' ? accepted : 'identity';
}
