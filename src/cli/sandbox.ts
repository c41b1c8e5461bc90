import { runEntry } from '../app/entry.ts';
import { sleep, systemClock } from '../cache/index.ts';
import { loadConfig, readEnvironment } from '../config/config.ts';
import { startSandbox } from '../sandbox/server.ts';
import { logEvents } from '../telemetry/logs/log-events.ts';
import { createLogger } from '../telemetry/logs/logger.ts';
import { createOutput } from '../telemetry/logs/output.ts';

await runEntry('the sandbox', async () => {
  // Only the variables of the sandbox apply: it needs no credentials, and never runs in production.
  const { sandbox, logLevel } = loadConfig({
    ...readEnvironment().environment,
    ABCONNECT_ENVIRONMENT: 'sandbox',
  });
  const output = createOutput(() => {});
  const report = logEvents(await createLogger(logLevel, output), { hitsEvery: 0, clock: systemClock });
  const { webhooks } = sandbox;
  const { catalogUrl, identityUrl, controlUrl, close } = await startSandbox({
    host: '127.0.0.1',
    port: sandbox.port,
    settings: sandbox.settings,
    clock: systemClock,
    webhooks: webhooks && { ...webhooks, sleep, report },
  });
  output.write(`
  The sandbox simulates ABConnect with made-up data

  catalog API     ${catalogUrl}
  token endpoint  ${identityUrl}
  control         ${controlUrl}
  webhooks        ${webhooks?.urls.join(', ') || 'none (set SANDBOX_WEBHOOK_URLS)'}

  Start a gateway that uses it:
  ABCONNECT_CATALOG_URL=${catalogUrl} ABCONNECT_IDENTITY_URL=${identityUrl} \\
  ABCONNECT_USERNAME=sandbox ABCONNECT_PASSWORD=sandbox ABCONNECT_CLIENT_ID=sandbox ABCONNECT_CLIENT_SECRET=sandbox npm start

`);
  return close;
});
