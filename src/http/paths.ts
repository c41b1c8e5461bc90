/** Every path that the gateway serves. One that ends in a slash stands for all paths below it. */
export const PATHS = {
  home: '/',
  graphql: '/graphql',
  docs: '/docs',
  session: '/session',
  health: '/healthz',
  readiness: '/readyz',
  metrics: '/metrics',
  webhook: '/hooks/catalog',
  observatory: '/observatory',
  signIn: '/sign-in',
  stats: '/admin/stats',
  history: '/admin/history',
  entries: '/admin/entries/',
  keys: '/admin/keys',
  invalidations: '/admin/invalidations',
  warm: '/admin/warm',
  sessions: '/admin/sessions',
  revocations: '/admin/sessions/revocations',
} as const;

/** The paths with a metric label of their own. All others share one label, because clients can send any path. */
export const LABELED_PATHS: ReadonlySet<string> = new Set([
  PATHS.home,
  PATHS.graphql,
  PATHS.session,
  PATHS.signIn,
  PATHS.health,
  PATHS.readiness,
  PATHS.metrics,
  PATHS.observatory,
  PATHS.stats,
  PATHS.webhook,
]);

/** Orchestrators, scrapers and the observatory request these every few seconds. They get no trace and no log line. */
export const ROUTINE_PATHS: ReadonlySet<string> = new Set([
  PATHS.health,
  PATHS.readiness,
  PATHS.metrics,
  PATHS.stats,
]);
