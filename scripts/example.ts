import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startApp } from '../src/app/app.ts';
import { runEntry } from '../src/app/entry.ts';
import { systemClock } from '../src/cache/clock.ts';
import { loadConfig, readEnvironment } from '../src/config/config.ts';
import { SANDBOX_USERS } from '../src/sandbox/server.ts';
import { createProcessMetrics } from '../src/telemetry/metrics/process-metrics.ts';
import { buildPanels, installPanels, servePanels } from './example/panels.ts';

// Starts a gateway with the embedded sandbox, and the page of examples/panels in front of it. `PORT` and the other
// settings are those of the gateway; `--port` is that of the page.

await runEntry('the example', async () => {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '5173' } } });
  installPanels();
  buildPanels();
  const config = loadConfig({
    // The list of active sellers is a filtered list. With a time to live, each letter of a search reads it from the cache.
    CACHE_TTL_FILTER: '60',
    // The sandbox reports its changes to the gateway.
    HOOK_SECRETS: randomBytes(32).toString('hex'),
    SANDBOX_WEBHOOK_SELF: 'true',
    ...readEnvironment().environment,
    ABCONNECT_ENVIRONMENT: 'sandbox',
  });
  const app = await startApp(config, {
    report: () => {},
    process: createProcessMetrics(),
    clock: systemClock,
    random: Math.random,
  });
  const gateway = `http://127.0.0.1:${app.port}`;
  const page = await servePanels(gateway, Number(values.port));
  const [user = ['', '']] = Object.entries(SANDBOX_USERS);
  const signIn = config.auth?.sessions ? `; sign in as ${user.join(' / ')}` : '';
  process.stdout.write(
    `Panels at ${page.origin}, gateway at ${gateway}/graphql with made-up data (${app.sandbox?.controlUrl})${signIn}; Ctrl-C ends both\n`,
  );
  return async () => {
    await page.close();
    await app.close();
  };
});
