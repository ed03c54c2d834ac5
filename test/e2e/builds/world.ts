import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { rootfsFolder } from "@berth/runtime";
import { PlatformProcess, temporaryFolder, waitFor } from "@berth/testing";
import { openGitHttpServer } from "../../../packages/deploy/test/git-http-server.ts";
import type { GitHttpServer } from "../../../packages/deploy/test/git-http-server.ts";
import { startEngine } from "../../../packages/runtime/test/sandbox/engine.ts";
import { openPackageRegistry } from "./package-registry.ts";
import type { Project } from "./projects.ts";

const A2A = fileURLToPath(new URL("../../../apps/cli/bin/a2a.mjs", import.meta.url));
/** Of bcrypt, as docker's registry takes it, for the password `open-sesame-4711`. */
const HTPASSWD = "user:$2b$05$abcdefghijklmnopqrstuud2L8crwTyOxFi9P3yYYIG5bIITxThTG";
export const REGISTRY_PASSWORD = "open-sesame-4711";

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly said: string;
}

/** A platform with everything that sources come from: other people's git, registries of packages and of images, an engine. */
export class World implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly folder: string;
  readonly platform: PlatformProcess;
  readonly git: GitHttpServer;
  /** Where `git` has its repositories. */
  readonly gitFolder: string;
  /** Docker's registry, as images there are named. */
  readonly registry: string;
  /** The platform's own registry, likewise. */
  readonly host: string;
  readonly hasEngine: boolean;

  private constructor(
    stack: AsyncDisposableStack,
    parts: Pick<World, "folder" | "platform" | "git" | "gitFolder" | "registry" | "hasEngine">,
  ) {
    this.#stack = stack;
    this.folder = parts.folder;
    this.platform = parts.platform;
    this.git = parts.git;
    this.gitFolder = parts.gitFolder;
    this.registry = parts.registry;
    this.hasEngine = parts.hasEngine;
    this.host = new URL(parts.platform.url).host;
  }

  static async open(): Promise<World> {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(temporaryFolder()).path;
    const gitFolder = join(folder, "git");
    for (const name of ["bin", "git", "home"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "bin/a2a"), `#!/bin/sh\nexec "${process.execPath}" "${A2A}" "$@"\n`);
    chmodSync(join(folder, "bin/a2a"), 0o755);
    const [git, packages, engine, registry] = await Promise.all([
      openGitHttpServer(gitFolder),
      openPackageRegistry(),
      startEngine(),
      startRegistry(folder),
    ]);
    for (const each of [git, packages, registry]) stack.use(each);
    if (typeof engine !== "string") stack.use(engine);
    const env = {
      BERTH_OUTBOUND_ALLOW: "127.0.0.1:*",
      BERTH_CONTAINER_ENGINE: typeof engine === "string" ? "off" : `unix://${engine.socketPath}`,
      npm_config_registry: packages.url,
    };
    const platform = stack.use(await PlatformProcess.start({ home: join(folder, "home"), env }));
    const hasEngine = typeof engine !== "string";
    return new World(stack.move(), { folder, platform, git, gitFolder, registry: registry.host, hasEngine });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async run(
    command: readonly string[],
    options: { readonly cwd?: string; readonly input?: string } = {},
  ): Promise<Ran> {
    const [file = "", ...args] = command;
    const child = spawn(file, args, {
      cwd: options.cwd ?? this.folder,
      env: {
        PATH: `${this.folder}/bin:${process.env["PATH"] ?? ""}`,
        HOME: this.folder,
        REGISTRY_AUTH_FILE: join(this.folder, "auth.json"),
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_TERMINAL_PROMPT: "0",
        GIT_AUTHOR_NAME: "a",
        GIT_AUTHOR_EMAIL: "a@b",
        GIT_COMMITTER_NAME: "a",
        GIT_COMMITTER_EMAIL: "a@b",
        BERTH_URL: this.platform.url,
        BERTH_TOKEN: this.platform.token,
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    // Some end without reading it.
    child.stdin.on("error", () => undefined).end(options.input ?? "");
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code, out, said: out + err };
  }

  /** What it printed. @throws Error with everything it said, when it does not end well */
  async ok(command: readonly string[], options?: { readonly cwd?: string; readonly input?: string }): Promise<string> {
    const { code, out, said } = await this.run(command, options);
    if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${said}\n${this.platform.log}`);
    return out;
  }

  async json(path: string, method: string = "GET", body?: object): Promise<Record<string, unknown>> {
    const answer = await this.platform.fetch(path, {
      method,
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    // Every answer of the platform's API is an object.
    return (await answer.json()) as Record<string, unknown>;
  }

  /** Where unpacked images are. */
  get roots(): string {
    return dirname(rootfsFolder(join(this.folder, "home"), "any"));
  }

  /** A deployment that has ended, however. */
  async ended(deploymentId: unknown): Promise<Record<string, unknown>> {
    const look = async (): Promise<Record<string, unknown> | undefined> => {
      const deployment = await this.json(`/v1/deployments/${String(deploymentId)}`);
      return ["live", "failed", "canceled"].includes(String(deployment["status"])) ? deployment : undefined;
    };
    return await waitFor("the end of a deployment", look, 120_000);
  }

  /** What the agent answers to the project's message, as text. */
  async ask(agent: string, { message }: Pick<Project, "message">): Promise<string> {
    const response = await this.platform.fetch(`/agents/${agent}/message:send`, {
      method: "POST",
      headers: { "content-type": "application/json", "a2a-version": "1.0" },
      body: JSON.stringify({ message: { messageId: crypto.randomUUID(), role: "ROLE_USER", ...message } }),
    });
    return await response.text();
  }

  /** Of the release that is live: its digest, and that of its image. */
  async digests(agent: string): Promise<{ readonly release: unknown; readonly image: unknown }> {
    const { releases } = await this.json(`/v1/agents/${agent}/releases`);
    // As the API reference has it.
    const live = (releases as { readonly release: string; readonly digest: string; readonly active: boolean }[]).find(
      ({ active }) => active,
    );
    const answer = await this.platform.fetch(`/v2/${agent}/manifests/${live?.release ?? ""}`, { method: "HEAD" });
    return { release: live?.digest, image: answer.headers.get("docker-content-digest") };
  }
}

/** Docker's registry, with a password. */
async function startRegistry(folder: string): Promise<{ readonly host: string } & AsyncDisposable> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const host = `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  await new Promise((resolve) => server.close(resolve));
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("htpasswd"), `${HTPASSWD}\n`);
  const settings = {
    version: "0.1",
    log: { level: "error" },
    storage: { filesystem: { rootdirectory: at("registry") } },
    http: { addr: host },
    auth: { htpasswd: { realm: "test", path: at("htpasswd") } },
  };
  writeFileSync(at("registry.yml"), JSON.stringify(settings));
  const child = spawn("docker-registry", ["serve", at("registry.yml")], { stdio: "ignore" });
  const gone = once(child, "close");
  await waitFor("docker's registry", async () => {
    const answer = await fetch(`http://${host}/v2/`).catch(() => undefined);
    return answer?.status === 401;
  });
  return {
    host,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
}
