import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { asJson } from "../google/refusal.ts";

/** Runs images as a platform of containers would: by what their configuration says, from a registry. */
export class LocalContainers implements AsyncDisposable {
  readonly #releases: string;
  readonly #running = new Map<string, Promise<string>>();
  readonly #children: ChildProcess[] = [];

  /** `releases`: where the files are that the images hold, by the digest on their label: nothing is unpacked here. */
  constructor(releases: string) {
    this.#releases = releases;
  }

  /** Where the container of the image answers; starts it, once. */
  async addressOf(image: string): Promise<string> {
    const known = this.#running.get(image) ?? this.#start(image);
    this.#running.set(image, known);
    return await known;
  }

  get count(): number {
    return this.#running.size;
  }

  async #start(image: string): Promise<string> {
    const { Entrypoint, Env, Labels, WorkingDir } = await configOf(image);
    const folder = join(this.#releases, String(asJson(Labels)["dev.berth.release.digest"]).replace("sha256:", ""));
    const [, ...args] = Array.isArray(Entrypoint) ? Entrypoint.map(String) : [];
    const env = Object.fromEntries((Array.isArray(Env) ? Env : []).map((line) => String(line).split(/=(.*)/s)));
    const child = spawn(process.execPath, args, {
      cwd: String(WorkingDir).replace(/^\/app/, folder),
      // The port is of the machine here, and so is the way to it.
      env: { ...env, PORT: "0", HOST: "127.0.0.1" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#children.push(child);
    const [line] = await once(createInterface(child.stdout), "line");
    const { url } = JSON.parse(String(line));
    const health = await fetch(new URL("/health", url));
    if (health.status !== 200) throw new Error(`/health answered ${health.status}`);
    return String(url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = this.#children
      .filter(({ exitCode }) => exitCode === null)
      .map(async (child) => await once(child, "exit"));
    for (const child of this.#children) child.kill("SIGTERM");
    await Promise.all(gone);
  }
}

async function configOf(image: string): Promise<ReturnType<typeof asJson>> {
  const [, host, repository, digest] = /^([^/]+)\/(.*)@(sha256:[0-9a-f]{64})$/.exec(image) ?? [];
  const accept = "application/vnd.oci.image.manifest.v1+json";
  const manifest = await fetch(`http://${host}/v2/${repository}/manifests/${digest}`, { headers: { accept } });
  const { config } = asJson(await manifest.json());
  const blob = await fetch(`http://${host}/v2/${repository}/blobs/${String(asJson(config)["digest"])}`);
  return asJson(asJson(await blob.json())["config"]);
}
