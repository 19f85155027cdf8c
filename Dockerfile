# The image of the sidecar: the bundle that CI builds and tests, and Node.js, and nothing else.
#
#   docker build --build-arg VERSION=0.1.0 --build-arg REVISION="$(git rev-parse HEAD)" -t registry.example.com/watchsieve:0.1.0 .
#
# Both base images are arguments, to pin them by digest or to take them from a mirror:
#   --build-arg RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot@sha256:...
#
# Behind a proxy with a CA of its own, npm is told of it by a secret, which stays out of the image:
#   --secret id=ca-bundle,src=/etc/ssl/certs/ca-certificates.crt
ARG BUILD_IMAGE=docker.io/library/node:24-trixie-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot

# The bundle is plain JavaScript, the same for every platform.
FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN --mount=type=secret,id=ca-bundle,target=/run/ca-bundle.pem \
    if [ -s /run/ca-bundle.pem ]; then export NODE_EXTRA_CA_CERTS=/run/ca-bundle.pem; fi; \
    npm ci --no-fund --no-audit
COPY build.ts build-notices.ts tsconfig.json ./
COPY src ./src
RUN npm run build

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="watchsieve" \
      org.opencontainers.image.description="A sidecar that lets any Kubernetes controller watch objects without their noise" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production
# Owned by root: the process cannot change its own program.
COPY --from=build /src/dist /app
# By number, so that runAsNonRoot can be checked. This is distroless's `nonroot`.
USER 65532:65532
WORKDIR /
STOPSIGNAL SIGTERM
ENTRYPOINT ["/nodejs/bin/node", "/app/watchsieve.js"]
CMD ["serve"]
