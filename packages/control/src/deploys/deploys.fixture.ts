import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuildOptions, BuiltRelease } from "@berth/deploy";
import { PlatformError, createIdGenerator } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { hasEnded } from "@berth/store";
import type { DeploymentLine, DeploymentRecord, Store } from "@berth/store";
import { InMemoryBlobStore, createInMemoryStore } from "@berth/store/memory";
import { scriptedCard, scriptedConfig, temporaryFolder, waitFor } from "@berth/testing";
import type { SourceFetcher } from "../sources/source-fetcher.ts";
import { TrafficSwitch } from "../releases/traffic-switch.ts";
import { createDeploys } from "./create-deploys.ts";
import type { DeploysOptions } from "./create-deploys.ts";
import type { DeployRequest, RunningDeploys } from "./deploys.ts";
import { toReleaseSpec } from "./release-spec.ts";

export const dora: Principal = { kind: "api_key", id: "key_dora", orgId: "org_1", scopes: ["deploy", "invoke"] };

/** What every step of the world does; a test says what it does instead. */
export interface Script {
  fetch: () => Promise<void>;
  build: (log: (line: string) => void) => Promise<void>;
  image: () => Promise<void>;
  place: () => Promise<void>;
  readCard: () => Promise<void>;
  passGate: () => Promise<void>;
  publish: () => Promise<void>;
}

const nothing = async (): Promise<void> => undefined;
const UNSCRIPTED: Script = {
  fetch: nothing,
  build: nothing,
  image: nothing,
  place: nothing,
  readCard: nothing,
  passGate: nothing,
  publish: nothing,
};

/** A platform whose processes come and go: its store and folders stay. Whoever opens one disposes of it. */
export class DeployWorld implements AsyncDisposable {
  readonly store: Store = createInMemoryStore();
  readonly blobs: InMemoryBlobStore = new InMemoryBlobStore();
  readonly script: Script = { ...UNSCRIPTED };
  /** What was done, in order. */
  readonly done: string[] = [];
  readonly secrets: string[] = [];
  /** Principals that may not do anything any more. */
  readonly revoked: Set<string> = new Set();
  /** Told of every state that is kept, before and after it is. */
  onSave: (record: DeploymentRecord, when: "before" | "after") => void = () => undefined;
  deploys: RunningDeploys;
  readonly #folder = temporaryFolder();
  #process = { isDead: false };
  #clock = Date.parse("2026-11-29T12:00:00.000Z");
  readonly #options: Partial<DeploysOptions>;

  constructor(options: Partial<DeploysOptions> = {}) {
    this.#options = options;
    this.deploys = this.#start();
  }

  get workFolder(): string {
    return join(this.#folder.path, "work");
  }

  get releasesFolder(): string {
    return join(this.#folder.path, "releases");
  }

  /** As by kill -9: nothing of the process is heard of any more. */
  kill(): void {
    this.#process.isDead = true;
  }

  /** A new process on the same store and folders. */
  async restart(): Promise<void> {
    this.kill();
    this.#process = { isDead: false };
    this.deploys = this.#start();
    await this.deploys.recover();
  }

  /** Time goes on. */
  pass(ms: number): void {
    this.#clock += ms;
  }

  async deploy(change: Partial<DeployRequest> = {}, principal: Principal = dora): Promise<DeploymentRecord> {
    return await this.deploys.start(principal, { ...sourceOf("one"), name: "fx", trust: false, ...change });
  }

  async ended({ deploymentId, orgId }: Pick<DeploymentRecord, "deploymentId" | "orgId">): Promise<DeploymentRecord> {
    return await waitFor(`the end of ${deploymentId}`, async () => {
      const found = await this.store.deployments.find(orgId, deploymentId);
      return found !== undefined && hasEnded(found) ? found : undefined;
    });
  }

  async lines({ deploymentId, orgId }: DeploymentRecord): Promise<readonly DeploymentLine[]> {
    return await this.store.deployments.lines(orgId, deploymentId, { after: 0, limit: 1_000 });
  }

  async releaseFolders(): Promise<readonly string[]> {
    return await readdir(this.releasesFolder).catch(() => []);
  }

  async workFolders(): Promise<readonly string[]> {
    return (await readdir(this.workFolder).catch(() => [])).filter((name) => name.startsWith("dep_"));
  }

  /** Resolves when the state is about to be kept, and kills the process there. */
  async killAt(matches: (record: DeploymentRecord) => boolean, when: "before" | "after"): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.onSave = (record, moment) => {
      if (moment !== when || !matches(record)) return;
      this.onSave = () => undefined;
      this.kill();
      resolve();
    };
    await promise;
  }

  #start(): RunningDeploys {
    const alive = this.#process;
    const store = mortal(alive, { ...this.store, deployments: this.#watched(), agents: this.#publishing() });
    const connector = { readCard: async () => await this.#readCard() };
    const runtime = mortal(alive, { drain: async () => void this.done.push("drain"), connector });
    const traffic = new TrafficSwitch({
      store,
      // Of a connector nothing but its card is asked for here.
      runtime: runtime as unknown as DeploysOptions["runtime"],
      specOf: (agent) => toReleaseSpec(agent, this.releasesFolder, () => "/nowhere"),
      onMoved: () => undefined,
    });
    return createDeploys({
      store,
      runtime: runtime as unknown as DeploysOptions["runtime"],
      traffic,
      blobs: mortal(alive, this.blobs),
      // No source here brings files along.
      files: mortal(alive, { write: async () => undefined }) as unknown as DeploysOptions["files"],
      releasesFolder: this.releasesFolder,
      workFolder: this.workFolder,
      npmCacheFolder: "/nowhere",
      buildEnvironment: {},
      ids: createIdGenerator({
        now: Date.now,
        randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
      }),
      now: () => new Date((this.#clock += 1)),
      onPublished: () => undefined,
      specOf: (agent) => toReleaseSpec(agent, this.releasesFolder, () => "/nowhere"),
      scrubberOf: async () => this.#scrubber(),
      principalOf: async (principal) => {
        if (this.revoked.has(principal.id)) throw new PlatformError("UNAUTHENTICATED", "The key was revoked.");
        return principal;
      },
      // Each has what a deployment asks of it.
      ...(mortal(alive, {
        sources: { fetch: async (...asked: Parameters<SourceFetcher["fetch"]>) => await this.#fetch(...asked) },
        images: { prepare: () => undefined, keep: async () => await this.#keep(), rootfs: async () => "/nowhere" },
        targets: {
          place: async () => await this.#place(),
          rollback: async () => void this.done.push("roll back"),
          destroy: async () => void this.done.push("destroy"),
        },
        evals: {
          isGated: () => true,
          passGate: async () => await this.#passGate(),
          skipGate: async () => void this.done.push("skip gate"),
          keep: async () => undefined,
        },
      }) as unknown as Pick<DeploysOptions, "evals"> &
        Required<Pick<DeploysOptions, "sources" | "images" | "targets">>),
      build: async (options) => await live(alive, async () => await this.#build(options)),
      ...this.#options,
    });
  }

  #watched(): Store["deployments"] {
    const { deployments } = this.store;
    const alive = this.#process;
    return Object.assign(Object.create(deployments) as Store["deployments"], {
      save: async (record: DeploymentRecord) => {
        this.onSave(record, "before");
        if (!alive.isDead) await deployments.save(record);
        this.onSave(record, "after");
      },
      ...bound(deployments, ["find", "list", "unfinished", "expired", "appendLines", "lines", "lastLine"]),
    });
  }

  #publishing(): Store["agents"] {
    const { agents } = this.store;
    return Object.assign(Object.create(agents) as Store["agents"], {
      ...bound(agents, ["find", "findById", "findRelease", "hasDigest", "releases", "addRelease", "route"]),
      publish: async (...args: Parameters<Store["agents"]["publish"]>) => {
        await this.script.publish();
        this.done.push("publish");
        return await agents.publish(...args);
      },
    });
  }

  #scrubber(): { readonly text: (text: string) => string; readonly json: <T>(value: T) => T } {
    const text = (dirty: string): string =>
      this.secrets.reduce((clean, secret) => clean.replaceAll(secret, "[secret]"), dirty);
    // Texts become texts.
    return { text, json: <T>(value: T): T => JSON.parse(text(JSON.stringify(value))) as T };
  }

  async #fetch(
    source: unknown,
    { folder, signal }: Parameters<SourceFetcher["fetch"]>[1],
  ): Promise<{ readonly url: string; readonly commit: string }> {
    await Promise.race([this.script.fetch(), aborted(signal)]);
    this.done.push("fetch");
    await mkdir(folder);
    // As `sourceOf` made it.
    const { url, ref = "" } = source as { readonly url: string; readonly ref?: string };
    const name = new URL(url).searchParams.get("agent");
    await writeFile(join(folder, "agent.ts"), ref);
    if (name !== null) await writeFile(join(folder, "berth.json"), JSON.stringify({ name }));
    return { url, commit: createHash("sha1").update(ref).digest("hex") };
  }

  async #build({ source, output, log, signal }: BuildOptions): Promise<BuiltRelease> {
    log("bundling");
    await Promise.race([this.script.build(log), aborted(signal)]);
    this.done.push("build");
    const code = await readFile(join(source, "agent.ts"), "utf8");
    await mkdir(output);
    await writeFile(join(output, "agent.mjs"), code);
    const digest = `sha256:${createHash("sha256").update(code).digest("hex")}`;
    return { digest, entry: "agent.mjs", config: scriptedConfig(), bytes: code.length };
  }

  async #keep(): Promise<{ readonly digest: string; readonly mediaType: string; readonly bytes: number }> {
    await this.script.image();
    this.done.push("image");
    return { digest: `sha256:${"1".repeat(64)}`, mediaType: "application/vnd.oci.image.manifest.v1+json", bytes: 1 };
  }

  async #place(): Promise<object> {
    await this.script.place();
    this.done.push("place");
    return { kind: "kubernetes", url: "http://fx.example", resources: {} };
  }

  async #readCard(): Promise<object> {
    await this.script.readCard();
    this.done.push("health check");
    return { card: scriptedCard(), text: JSON.stringify(scriptedCard()) };
  }

  async #passGate(): Promise<readonly []> {
    await this.script.passGate();
    this.done.push("evaluating");
    return [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#process.isDead) await this.deploys.close();
    this.#folder[Symbol.dispose]();
  }
}

/** A commit of a repository: what `ref` says is what its code is. */
export function sourceOf(ref: string): Pick<DeployRequest, "source"> {
  return { source: { kind: "git", url: "https://git.example/fx", ref } };
}

/** Resolves never, and rejects with the signal. */
async function aborted(signal: AbortSignal | undefined): Promise<never> {
  return await new Promise((_resolve, reject) => {
    if (signal?.aborted === true) reject(signal.reason as Error);
    signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

function bound(target: object, names: readonly string[]): object {
  return Object.fromEntries(names.map((name) => [name, (Reflect.get(target, name) as () => unknown).bind(target)]));
}

async function live<T>(process: { readonly isDead: boolean }, act: () => Promise<T>): Promise<T> {
  if (process.isDead) return await new Promise<T>(() => undefined);
  try {
    const result = await act();
    return process.isDead ? await new Promise<T>(() => undefined) : result;
  } catch (error) {
    if (process.isDead) return await new Promise<T>(() => undefined);
    throw error;
  }
}

/** The same, whose methods do not come back any more once the process is dead. */
function mortal<T extends object>(process: { readonly isDead: boolean }, target: T): T {
  return new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key);
      if (typeof value === "object" && value !== null) return mortal(process, value);
      if (typeof value !== "function") return value;
      return (...args: readonly unknown[]): unknown => {
        // Only what gives a promise is waited for.
        const call = (): unknown => Reflect.apply(value, object, args);
        if (key === "isGated") return call();
        return live(process, async () => await call());
      };
    },
  });
}
