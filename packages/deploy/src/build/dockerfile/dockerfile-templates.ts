import type { ChosenBuildpack } from "../../source/detect-buildpack.ts";

/** What a Dockerfile depends on. */
export interface DockerfileFacts {
  readonly name: string;
  readonly version: string;
  /** As in Project. */
  readonly entry: string;
  readonly paths: ReadonlySet<string>;
  /** Of package.json. */
  readonly hasDependencies: boolean;
}

const PORT = 8080;
const USER = "65532:65532";
const PIN = "# Pin the images with their digests (name@sha256:…), so that the same file gives the same image.";

/** Undefined where there is no such thing: what it gives runs nowhere else. */
export const DOCKERFILE_TEMPLATES: {
  readonly [Name in ChosenBuildpack]?: (facts: DockerfileFacts) => string | undefined;
} = { node, python, go, rust, static: staticPages };

interface NodeInstall {
  readonly files: string;
  readonly command: string;
  readonly cache: string;
}

function node(facts: DockerfileFacts): string {
  const { files, command, cache } = nodeInstall(facts.paths);
  const install = [`COPY ${files} ./`, `RUN --mount=type=cache,target=${cache} ${command}`];
  return lines(
    PIN,
    "ARG BASE=docker.io/library/node:24-bookworm-slim",
    "FROM ${BASE} AS build",
    "WORKDIR /app",
    "ENV NODE_ENV=production",
    ...(facts.hasDependencies ? install : []),
    "COPY . .",
    "",
    "FROM ${BASE}",
    "WORKDIR /app",
    "COPY --from=build /app /app",
    `ENV NODE_ENV=production PORT=${PORT} HOST=0.0.0.0`,
    ...ending(facts, ["node", facts.entry]),
  );
}

function nodeInstall(paths: ReadonlySet<string>): NodeInstall {
  if (paths.has("pnpm-lock.yaml")) {
    const command = "corepack enable && pnpm install --prod --frozen-lockfile --ignore-scripts";
    return { files: "package.json pnpm-lock.yaml", command, cache: "/root/.local/share/pnpm/store" };
  }
  if (paths.has("yarn.lock")) {
    const command = "corepack enable && yarn install --production --frozen-lockfile --ignore-scripts";
    return { files: "package.json yarn.lock", command, cache: "/usr/local/share/.cache/yarn" };
  }
  if (paths.has("package-lock.json")) {
    const command = "npm ci --omit=dev --ignore-scripts --no-audit --no-fund";
    return { files: "package.json package-lock.json", command, cache: "/root/.npm" };
  }
  const command = "npm install --omit=dev --ignore-scripts --no-audit --no-fund";
  return { files: "package.json", command, cache: "/root/.npm" };
}

function python(facts: DockerfileFacts): string {
  const { paths, entry } = facts;
  const [module, name] = entry.split(":");
  const command =
    name === undefined
      ? ["python3", entry]
      : ["python3", "-c", `import sys; from ${module ?? ""} import ${name}; sys.exit(${name}())`];
  const pip = "RUN --mount=type=cache,target=/root/.cache/pip /venv/bin/pip install --no-compile --only-binary=:all:";
  const wheels = paths.values().some((path) => path.startsWith("wheels/"));
  const findLinks = wheels ? " --no-index --find-links wheels" : "";
  const install = paths.has("requirements.txt")
    ? [...(wheels ? ["COPY wheels wheels"] : []), "COPY requirements.txt ./", `${pip}${findLinks} -r requirements.txt`]
    : paths.has("uv.lock")
      ? [
          "COPY pyproject.toml uv.lock ./",
          "RUN --mount=type=cache,target=/root/.cache/uv /venv/bin/pip install uv && UV_PROJECT_ENVIRONMENT=/venv /venv/bin/uv sync --frozen --no-dev --no-install-project",
        ]
      : [];
  const path = paths.values().some((each) => each.startsWith("src/")) ? "/app:/app/src" : "/app";
  return lines(
    PIN,
    "ARG BASE=docker.io/library/python:3.13-slim-bookworm",
    "FROM ${BASE} AS build",
    "WORKDIR /build",
    "RUN python3 -m venv /venv",
    ...install,
    "",
    "FROM ${BASE}",
    "WORKDIR /app",
    "COPY --from=build /venv /venv",
    "COPY . .",
    `ENV PATH=/venv/bin:$PATH PYTHONPATH=${path} PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PORT=${PORT} HOST=0.0.0.0`,
    ...ending(facts, command),
  );
}

function go(facts: DockerfileFacts): string {
  const { paths, entry } = facts;
  const isVendored = paths.has("vendor/modules.txt");
  const download = isVendored
    ? []
    : [
        `COPY go.mod ${paths.has("go.sum") ? "go.sum " : ""}./`,
        "RUN --mount=type=cache,target=/go/pkg/mod go mod download",
      ];
  const build = `CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags="-s -w -buildid=" -o /agent ./${entry === "." ? "" : entry}`;
  return lines(
    PIN,
    "ARG BUILD=docker.io/library/golang:1-bookworm",
    "FROM ${BUILD} AS build",
    "WORKDIR /build",
    ...download,
    "COPY . .",
    `RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build ${build}`,
    "",
    "FROM scratch",
    "WORKDIR /app",
    "COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt",
    "COPY --from=build /agent /app/agent",
    `ENV PORT=${PORT} HOST=0.0.0.0`,
    ...ending(facts, ["/app/agent"]),
  );
}

/** Of a package that is a program; one that is a WebAssembly module runs in the platform's host alone. */
function rust(facts: DockerfileFacts): string | undefined {
  if (!facts.paths.has("src/main.rs")) return undefined;
  const caches = "--mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/build/target";
  return lines(
    PIN,
    "ARG BUILD=docker.io/library/rust:1-bookworm",
    "ARG BASE=gcr.io/distroless/cc-debian12",
    "FROM ${BUILD} AS build",
    "WORKDIR /build",
    "COPY . .",
    `RUN ${caches} cargo install ${facts.paths.has("Cargo.lock") ? "--locked " : ""}--path . --root /out && mv /out/bin/* /agent`,
    "",
    "FROM ${BASE}",
    "WORKDIR /app",
    "COPY --from=build /agent /app/agent",
    `ENV PORT=${PORT} HOST=0.0.0.0`,
    ...ending(facts, ["/app/agent"]),
  );
}

function staticPages(facts: DockerfileFacts): string {
  return lines(
    PIN,
    "ARG BASE=docker.io/nginxinc/nginx-unprivileged:stable-alpine",
    "FROM ${BASE}",
    "COPY . /usr/share/nginx/html",
    ...ending(facts, ["nginx", "-g", "daemon off;"]),
  );
}

/** Numbers, as a platform that refuses root cannot look a name up; no HEALTHCHECK, which images of OCI do not have. */
function ending({ name, version }: DockerfileFacts, command: readonly string[]): readonly string[] {
  return [
    `LABEL org.opencontainers.image.title=${JSON.stringify(name)} org.opencontainers.image.version=${JSON.stringify(version)} dev.berth.agent=${JSON.stringify(name)}`,
    `USER ${USER}`,
    `EXPOSE ${PORT}`,
    `ENTRYPOINT ${JSON.stringify(command).replaceAll('","', '", "')}`,
  ];
}

function lines(...parts: readonly string[]): string {
  return `${parts.join("\n")}\n`;
}
