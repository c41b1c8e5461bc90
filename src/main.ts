import { startApp } from './app.ts';
import { banner } from './banner.ts';
import { systemClock } from './cache/clock.ts';
import { loadConfig, readEnvironment } from './config.ts';
import { runEntry } from './entry.ts';
import { logEvents } from './telemetry/log-events.ts';
import { createLogger } from './telemetry/logger.ts';
import { createProcessMetrics } from './telemetry/process-metrics.ts';
import { createRequestContexts } from './telemetry/request-context.ts';

await runEntry('catalog-gateway', async () => {
  const config = loadConfig(readEnvironment());
  const logger = createLogger(config.logLevel, process.stdout.isTTY === true);
  const contexts = createRequestContexts();
  const app = await startApp(config, {
    report: logEvents(logger, {
      hitsEvery: config.telemetry.logHitsEvery,
      context: contexts.current,
      clock: systemClock,
    }),
    contexts,
    process: createProcessMetrics(),
    clock: systemClock,
    random: Math.random,
  });
  // Production output is read by machines.
  if (!config.production) process.stdout.write(banner(config, app));
  const { source } = config.upstream;
  if (source.kind === 'sandbox') logger.warn('the upstream is the embedded sandbox: all data is made up');
  logger.info({ port: app.port, upstream: source.kind, redis: config.cache.redis !== null }, 'listening');
  return async () => {
    logger.info('finishing open requests');
    await app.close();
    logger.info('stopped');
  };
});
