# A version tag without a digest: docs/decisions/031-base-images.md
ARG NODE_IMAGE=node:24.21.0-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev

FROM ${NODE_IMAGE} AS program
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 NODE_COMPILE_CACHE=/app/compile-cache
COPY package.json ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY src ./src
# GraphiQL links to it.
COPY docs/graphql.md ./docs/graphql.md

# Compiles the modules: docs/decisions/059-start.md. The name of the cache has the id of the user.
FROM program AS compiled
COPY scripts/fill-compile-cache.ts ./scripts/
RUN mkdir compile-cache && chown node compile-cache
USER node
# Node makes the files readable for their owner alone.
RUN node scripts/fill-compile-cache.ts && chmod -R a+rX compile-cache

FROM program
# It belongs to root: the gateway runs the code in it, and must not change it.
COPY --from=compiled --chown=root:root /app/compile-cache ./compile-cache
USER node
EXPOSE 4000
STOPSIGNAL SIGTERM
# Checks /healthz, not /readyz: a restart does not help a process that waits. The slim image has no curl.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["node", "--eval", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node runs as process 1 and receives the signal: a shell or npm in front would not forward it.
CMD ["node", "src/main.ts"]
