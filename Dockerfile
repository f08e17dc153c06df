# The fernlake worker. Debian, not Alpine: the Temporal core is native code that needs glibc.
#   docker build --tag fernlake-worker .
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --stop-timeout 90 \
#     --env-file worker.env --volume "$PWD/fernet-keys:/run/secrets/fernet-keys:ro" fernlake-worker
# deploy/by-hand.md holds the same steps without a container. To pin harder, append the digest that
# `docker buildx imagetools inspect node:22.23.2-bookworm-slim` prints for you to both FROM lines.

FROM node:22.23.2-bookworm-slim AS build
WORKDIR /app
# Dependencies first: their layer changes only with the lock file. No install script is run: nothing here needs one.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY bin bin
COPY src src
COPY examples examples
COPY deploy/healthcheck.mjs deploy/
# The Temporal core comes with a library per platform, 25 to 30 MB each; only Linux is kept.
RUN npm run build \
    && npm prune --omit=dev --ignore-scripts \
    && rm -rf dist/.tsbuildinfo \
      node_modules/@temporalio/core-bridge/releases/*-apple-darwin \
      node_modules/@temporalio/core-bridge/releases/*-windows-msvc

FROM node:22.23.2-bookworm-slim
# The slim image has no root certificates, and the Temporal core (TLS to Temporal Cloud) reads the system's.
# Their version is left open: security updates of the list of trusted roots are wanted.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && install --directory --owner=node --group=node /lake
WORKDIR /app
# Owned by root: the worker cannot change its own code.
COPY --from=build /app ./
ENV NODE_ENV=production
# Some 90 MB less at the most, for some 5 % of processor time: garbage is collected sooner, and freed memory goes back at once.
ENV NODE_OPTIONS=--max-semi-space-size=2 MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=262144 MALLOC_TRIM_THRESHOLD_=1048576
# uid and gid of `node`, as numbers, so that Kubernetes can see that it is not root.
USER 1000:1000
# Only /tmp and the lake (when it is a folder) are written.
VOLUME /lake
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["node", "deploy/healthcheck.mjs"]
ENTRYPOINT ["node", "bin/fernlake"]
CMD ["worker"]
