# A version, and no digest: docs/decisions/031-base-images.md
ARG NODE_IMAGE=node:24.21.0-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev

FROM ${NODE_IMAGE}
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000
COPY package.json ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY src ./src
USER node
EXPOSE 4000
STOPSIGNAL SIGTERM
# Alive, not ready: restarting a process does not mend what it waits for. The slim image has no curl.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["node", "--eval", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is the process that gets the signal: a shell or npm in front of it would not hand it on.
CMD ["node", "src/main.ts"]
