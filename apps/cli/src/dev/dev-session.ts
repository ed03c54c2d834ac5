import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { PlatformError, isPlatformError } from "@berth/protocol";
import { ExchangeEnded } from "@berth/protocol/wire/tunnel";
import type { TunnelLogLine, TunnelRequest, TunnelResponse } from "@berth/protocol/wire/tunnel";
import { openAgentDoors } from "./agent-doors.ts";
import type { AgentDoors } from "./agent-doors.ts";
import { CallProxy } from "./call-proxy.ts";
import type { Tell } from "./dev-event.ts";
import { DevLink, isPassing } from "./dev-link.ts";
import { changedFile, readDevProject } from "./dev-project.ts";
import type { DevProject } from "./dev-project.ts";
import { freePort, startLocalAgent } from "./local-agent.ts";
import type { LocalAgent } from "./local-agent.ts";
import { watchFolder } from "./watch-folder.ts";

export interface DevOptions {
  readonly folder: string;
  readonly command: string | undefined;
  readonly name: string | undefined;
  readonly takeOver: boolean;
  /** How long a reload, and the end, wait for running calls. */
  readonly callsMs: number;
  readonly url: string;
  /** Asked for each connection: what `a2a login` got is renewed. */
  readonly token: () => Promise<string | undefined>;
  readonly env: { readonly [name: string]: string | undefined };
  readonly tell: Tell;
  readonly signal: AbortSignal;
}

const MAX_UNSENT_LINES = 500;
const NOT_RUNNING = "the agent does not run: it starts again at the next save";
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 10_000;

/**
 * One run of `a2a dev`. Life: 1. the agent starts and shows its card; 2. it is attached; 3. saves load it again, lost
 * connections are made again; 4. the signal stops the agent after its calls, and detaches.
 * @throws PlatformError when the agent does not start, or the platform does not take it
 */
export async function runDevSession(options: DevOptions): Promise<void> {
  const session = new DevSession(options);
  await session.run();
}

class DevSession {
  readonly #options: DevOptions;
  readonly #session: string = randomBytes(24).toString("base64url");
  readonly #proxy: CallProxy;
  #project: DevProject | undefined;
  #doors: AgentDoors | undefined;
  #agent: LocalAgent | undefined;
  #card: unknown;
  #port = 0;
  #link: DevLink | undefined;
  readonly #unsent: TunnelLogLine[] = [];
  #reloading: Promise<void> = Promise.resolve();

  constructor(options: DevOptions) {
    this.#options = options;
    this.#proxy = new CallProxy(options.tell);
  }

  async run(): Promise<void> {
    const { folder, command } = this.#options;
    let stopWatching = (): void => {};
    this.#doors = await openAgentDoors(async (request, signal) => await this.#ask(request, signal));
    try {
      this.#project = await readDevProject(folder, command);
      this.#port = await freePort();
      await this.#start();
      stopWatching = watchFolder(folder, () => {
        this.#reloading = this.#reloading.then(async () => await this.#reload());
      });
      await this.#stayAttached();
    } finally {
      stopWatching();
      await this.#reloading;
      const agent = this.#agent;
      this.#agent = undefined;
      await agent?.stop();
      await this.#link?.detach();
      await this.#doors.close();
    }
  }

  /** Until the signal. @throws PlatformError when the platform does not want this machine */
  async #stayAttached(): Promise<void> {
    const { tell, signal } = this.#options;
    const aborted = new Promise<"stop">((resolve) => {
      if (signal.aborted) resolve("stop");
      else signal.addEventListener("abort", () => resolve("stop"), { once: true });
    });
    let retryMs = FIRST_RETRY_MS;
    let wasAttached = false;
    for (;;) {
      let end: PlatformError | string;
      try {
        const name = await this.#connect(wasAttached);
        wasAttached = true;
        retryMs = FIRST_RETRY_MS;
        const first = await Promise.race([this.#link?.ended ?? "", aborted]);
        if (first === "stop") {
          await this.#proxy.idle(this.#options.callsMs);
          await this.#link?.detach();
          this.#link = undefined;
          tell({ event: "detached", agent: name });
          return;
        }
        end = first;
      } catch (error) {
        if (!wasAttached) throw isPlatformError(error) ? error : notReached(this.#options.url, error);
        end = isPlatformError(error) ? error : String(error instanceof Error ? error.message : error);
      }
      this.#link = undefined;
      if (signal.aborted) return;
      if (typeof end !== "string" && !isPassing(end)) throw end;
      const waitMs = Math.round(retryMs * (0.75 + Math.random() / 2));
      tell({ event: "disconnected", why: typeof end === "string" ? end : end.message, retryMs: waitMs });
      retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
      const timer = Promise.withResolvers<undefined>();
      const waiting = setTimeout(timer.resolve, waitMs);
      const next = await Promise.race([timer.promise, aborted]);
      clearTimeout(waiting);
      if (next === "stop") return;
    }
  }

  async #connect(again: boolean): Promise<string> {
    const { url, token, name, takeOver, tell } = this.#options;
    const project = this.#project;
    const { link, welcome } = await DevLink.open({
      url,
      token: await token(),
      hello: {
        ...(name === undefined ? {} : { name }),
        session: this.#session,
        machine: hostname(),
        // Once: whoever takes over from us later is not thrown out by our coming back.
        takeOver: takeOver && !again,
        card: this.#card,
        ...(project?.config === undefined ? {} : { config: project.config }),
      },
      serve: async (request, signal) => await this.#proxy.serve(request, signal),
      onUpdate: (frame) => {
        if (frame.type === "updated") tell({ event: "updated", release: frame.release });
        else tell({ event: "refused", reason: frame.reason, message: frame.message });
      },
    });
    this.#link = link;
    for (const line of this.#unsent.splice(0)) link.log(line);
    const { agent, release } = welcome;
    tell({ event: "attached", agent, release, url: welcome.url, link: welcome.link });
    return agent;
  }

  async #start(): Promise<void> {
    const { env, tell, signal } = this.#options;
    const project = this.#project;
    if (project === undefined || this.#doors === undefined) throw new Error("nothing was read yet");
    const startedAt = performance.now();
    const agent = await startLocalAgent({
      project,
      port: this.#port,
      env: { ...env, ...this.#doors.env },
      startTimeoutMs: project.startTimeoutMs,
      signal,
      onLine: (stream, text) => {
        this.#log({ at: Date.now(), stream, text });
        tell({ event: "log", stream, text });
      },
    });
    this.#agent = agent;
    this.#card = agent.card;
    this.#proxy.open(agent.port);
    tell({
      event: "started",
      entry: project.command ?? project.entry,
      port: agent.port,
      ms: performance.now() - startedAt,
    });
    void agent.exited.then((how) => {
      if (this.#agent !== agent) return;
      this.#proxy.stop(NOT_RUNNING);
      tell({ event: "stopped", why: `The agent ended: ${how}. It starts again at the next save.` });
    });
  }

  /** Never rejects: what does not start today starts at the next save. */
  async #reload(): Promise<void> {
    const { folder, command, tell, signal } = this.#options;
    const before = this.#project;
    if (before === undefined || signal.aborted) return;
    try {
      const next = await readDevProject(folder, command);
      const file = changedFile(before, next);
      if (file === undefined) return;
      this.#project = next;
      tell({ event: "reloading", file, calls: this.#proxy.running });
      this.#proxy.hold();
      await this.#proxy.idle(this.#options.callsMs);
      const isLate = this.#proxy.running > 0;
      this.#proxy.cut(`${file} was saved, and the agent was loaded again before the call had ended`);
      const old = this.#agent;
      this.#agent = undefined;
      await old?.stop({ isLate });
      await this.#start();
      this.#link?.update(this.#card, next.config);
    } catch (error) {
      if (signal.aborted) return;
      this.#proxy.stop(NOT_RUNNING);
      tell({ event: "stopped", why: error instanceof Error ? error.message : String(error) });
    }
  }

  /** What is printed while nobody listens is told afterwards, as far back as it is worth something. */
  #log(line: TunnelLogLine): void {
    if (this.#link !== undefined) return this.#link.log(line);
    this.#unsent.push(line);
    if (this.#unsent.length > MAX_UNSENT_LINES) this.#unsent.shift();
  }

  async #ask(request: TunnelRequest, signal: AbortSignal): Promise<TunnelResponse> {
    if (this.#link === undefined) throw new ExchangeEnded("lost", "the platform is not connected");
    return await this.#link.ask(request, signal);
  }
}

function notReached(url: string, cause: unknown): PlatformError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new PlatformError("SHUTTING_DOWN", `The platform at ${url} cannot be reached: ${why}.`, {
    cause,
    hint: "Start one here with `a2a up` in another terminal, or name yours with --url or BERTH_URL.",
  });
}
