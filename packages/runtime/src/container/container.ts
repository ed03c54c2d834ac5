import { setTimeout as delay } from "node:timers/promises";
import type { Cage, ProcessEnd } from "../driver/cage.ts";
import { withSignal } from "../driver/child-end.ts";
import type { OutputLines } from "../driver/output-lines.ts";
import { pinSocket } from "../process/cage-folder.ts";
import type { CageFolder } from "../process/cage-folder.ts";
import { count, stateOf, usageOf } from "./engine-answers.ts";
import type { ContainerUsage } from "./engine-answers.ts";
import type { EngineClient } from "./engine-client.ts";
import { splitOutput } from "./output-frames.ts";
import { removeContainer } from "./remove-container.ts";

/** The engine may be a moment behind with what was printed last. */
const LAST_OUTPUT_MS = 500;
const KILL_TIMEOUT_MS = 10_000;
/** Docker measures once a second and makes whoever asks sooner wait for it. */
const USAGE_FRESH_MS = 1_000;

export interface ContainerParts {
  readonly engine: EngineClient;
  /** Its name: it is ours before there is an id. */
  readonly name: string;
  readonly folder: CageFolder;
  readonly ownerUid: number;
  readonly output: OutputLines;
}

/** A running container. The engine knows of it whatever becomes of us; here is who asks it. */
export class Container implements Cage, AsyncDisposable {
  readonly ended: Promise<ProcessEnd>;
  readonly socketPath: string;
  readonly #parts: ContainerParts;
  readonly #following: AbortController;
  #hasEnded = false;
  #outOfMemory = false;
  #killed: Promise<void> | undefined;
  #measured: { readonly at: number; readonly usage: Promise<ContainerUsage> } | undefined;

  private constructor(parts: ContainerParts, following: AbortController, outputRead: Promise<unknown>) {
    this.#parts = parts;
    this.#following = following;
    this.socketPath = parts.folder.socketPath;
    this.ended = this.#followEnd(outputRead);
  }

  /** Starts what was created; nothing that it prints is missed. */
  static async start(parts: ContainerParts): Promise<Container> {
    const { engine, name, output } = parts;
    const following = new AbortController();
    try {
      const attached = await engine.follow(
        "POST",
        `/containers/${name}/attach?stream=1&stdout=1&stderr=1`,
        following.signal,
      );
      const { stdout, stderr } = splitOutput(attached);
      output.attach(stdout, "stdout");
      output.attach(stderr, "stderr");
      const closed = new Promise((resolve) => attached.once("close", resolve));
      await engine.call("POST", `/containers/${name}/start`);
      return new Container(parts, following, closed);
    } catch (error) {
      following.abort();
      throw error;
    }
  }

  findSocket(): Promise<string | undefined> {
    return pinSocket(this.#parts.folder, this.#parts.ownerUid);
  }

  terminate(): boolean {
    if (this.#hasEnded) return false;
    // An agent that is not there any more tells so by its end.
    this.#post("kill?signal=SIGTERM").catch(() => {});
    return true;
  }

  kill(): Promise<void> {
    return (this.#killed ??= this.#kill());
  }

  async freeze(): Promise<void> {
    await this.#post("pause");
    this.#measured = undefined;
  }

  async thaw(): Promise<void> {
    await this.#post("unpause");
    this.#measured = undefined;
  }

  usage(): Promise<ContainerUsage> {
    const now = performance.now();
    if (this.#measured === undefined || now - this.#measured.at > USAGE_FRESH_MS) {
      this.#measured = { at: now, usage: this.#measure() };
    }
    return this.#measured.usage;
  }

  ranOutOfMemory(): Promise<boolean> {
    return Promise.resolve(this.#outOfMemory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #kill(): Promise<void> {
    const { engine, name } = this.#parts;
    await this.#post("kill?signal=SIGKILL").catch(() => {});
    // Its end is read before it is removed, while the engine still knows how it was.
    await Promise.race([
      this.ended,
      delay(KILL_TIMEOUT_MS, undefined, { signal: this.#following.signal }).catch(() => {}),
    ]);
    this.#following.abort();
    await removeContainer(engine, name);
    await this.ended;
  }

  async #followEnd(outputRead: Promise<unknown>): Promise<ProcessEnd> {
    const { engine, name, output } = this.#parts;
    const code = await this.#exitCode();
    this.#hasEnded = true;
    output.drain();
    const timer = new AbortController();
    await Promise.race([outputRead, delay(LAST_OUTPUT_MS, undefined, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
    const state = await engine.call("GET", `/containers/${name}/json`).then(stateOf, () => undefined);
    const end = withSignal({ code: code ?? state?.exitCode ?? null, signal: null });
    // The kernel may have killed a child of the agent only, which then ended for reasons of its own.
    this.#outOfMemory = state?.outOfMemory === true && end.signal === "SIGKILL";
    return end;
  }

  /** Undefined when the engine went away, or nobody waits any more. */
  async #exitCode(): Promise<number | undefined> {
    const { engine, name } = this.#parts;
    try {
      const response = await engine.follow(
        "POST",
        `/containers/${name}/wait?condition=not-running`,
        this.#following.signal,
      );
      let answer = "";
      for await (const chunk of response.setEncoding("utf8") as AsyncIterable<string>) answer += chunk;
      return count(JSON.parse(answer), "StatusCode");
    } catch {
      return undefined;
    }
  }

  async #measure(): Promise<ContainerUsage> {
    const { engine, name } = this.#parts;
    return usageOf(await engine.call("GET", `/containers/${name}/stats?stream=false&one-shot=true`));
  }

  async #post(what: string): Promise<void> {
    await this.#parts.engine.call("POST", `/containers/${this.#parts.name}/${what}`);
  }
}
