import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

// Run while the image is built, as the user of the image: starts a gateway, asks it, and stops it, so that Node keeps the
// modules that it has compiled (docs/decisions/059-start.md).

const VARIABLES = {
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  PORT: '0',
  // Everything that a gateway may be configured with, so that its modules are loaded. No Redis is there.
  ABCONNECT_ENVIRONMENT: 'sandbox',
  REDIS_URL: 'redis://127.0.0.1:1',
  AUTH: 'optional',
  SESSION_SECRETS: 'only-while-the-image-is-built-it-signs-nothing',
  ADMIN_TOKEN: 'only-while-the-image-is-built',
  HOOK_SECRETS: 'only-while-the-image-is-built',
};
const QUERY = '{ sellers { totalItems items { id name futureCatalogs { items { id title startDate } } } } }';
// From the second time on, a compiled plan executes it.
const TIMES = 3;

const main = new URL('../src/main.ts', import.meta.url).pathname;
const gateway = spawn(process.execPath, [main], {
  env: { ...process.env, ...VARIABLES },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const closed = once(gateway, 'close');
process.once('exit', () => gateway.kill());
for await (const line of createInterface({ input: gateway.stdout })) {
  const { msg, port } = JSON.parse(line);
  if (msg !== 'listening') continue;
  for (let time = 0; time < TIMES; time += 1) await ask(port);
  gateway.kill('SIGTERM');
}
const [code] = await closed;
process.exit(code ?? 1);

async function ask(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify({ query: QUERY }),
  });
  if (!response.ok) throw new Error(`the gateway answers with ${response.status}`);
  await response.text();
}
