import { startApp } from './app/app.ts';
import { runEntry } from './app/entry.ts';
import { handleStrayErrors } from './app/stray-errors.ts';
import { systemClock } from './cache/index.ts';
import { loadConfig, readEnvironment } from './config/config.ts';
import { logEvents } from './telemetry/logs/log-events.ts';
import { createLogger } from './telemetry/logs/logger.ts';
import { createOutput } from './telemetry/logs/output.ts';
import { createProcessMetrics } from './telemetry/metrics/process-metrics.ts';
import { createRequestContexts } from './telemetry/request-context.ts';
import { VERSION } from './version.ts';

// Maximum wait at exit until the last log lines are read.
const LAST_LINES_MS = 500;

if (process.argv.includes('--version')) {
  process.stdout.write(`${VERSION}\n`);
  process.exit(0);
}

await runEntry('catalog-gateway', async () => {
  const { environment, warnings } = readEnvironment();
  const config = loadConfig(environment);
  const output = createOutput((lines) => report({ type: 'log-lines-dropped', lines }));
  const logger = await createLogger(config.logLevel, output);
  const contexts = createRequestContexts({ traced: config.telemetry.otlpEndpoint !== null });
  const report = logEvents(logger, {
    hitsEvery: config.telemetry.logHitsEvery,
    context: contexts.current,
    clock: systemClock,
  });
  for (const warning of warnings) logger.warn(warning);
  handleStrayErrors('catalog-gateway', report);
  const app = await startApp(config, {
    report,
    process: createProcessMetrics({ version: VERSION, logLinesDropped: output.dropped }),
    clock: systemClock,
    random: Math.random,
  });
  // Machines read the output in production.
  if (!config.production) {
    const { banner } = await import('./app/banner.ts');
    output.write(banner(config, app));
  }
  const { source } = config.upstream;
  const { redis, keyPrefix } = config.cache;
  if (source.kind === 'sandbox') logger.warn('the upstream is the embedded sandbox: all data is made up');
  if (config.production && config.auth === null)
    logger.warn('AUTH is off: every client that reaches the port can read all data');
  const keys = redis && { keyPrefix };
  logger.info(
    { version: VERSION, port: app.port, upstream: source.kind, redis: redis !== null, ...keys },
    'listening',
  );
  return async () => {
    logger.info('finishing open requests');
    await app.close();
    logger.info('stopped');
    await output.flush(LAST_LINES_MS);
  };
});
