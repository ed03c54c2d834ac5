import type { JsonObject, JsonValue, TaskArtifactUpdateEvent, TaskStatus } from "@berth/protocol";
import { textOf } from "../rest/run-result.ts";
import type { Answer } from "./answer.ts";
import { member } from "./json.ts";

/** Status-message metadata of the SDK's `ctx.progress`. */
const PROGRESS_METADATA = "https://berth.dev/extensions/progress/v1";

/** Clients give up on a call that says nothing for a minute; some of them sooner. */
const BEAT_MS = 10_000;

/** Characters of a chunk that are told: progress is for a line on a screen, the result has everything. */
const MAX_CHUNK = 1_000;

/** Tells a caller how its call goes on. What it tells only ever rises (MCP, progress). */
export class Progress implements Disposable {
  readonly #answer: Answer;
  readonly #token: string | number | undefined;
  #last = -1;
  #isFraction = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(answer: Answer, token: string | number | undefined) {
    this.#answer = answer;
    this.#token = token;
    if (token === undefined || !answer.mayStream) return;
    this.#timer = setInterval(() => void this.#tell(this.#next(), undefined), BEAT_MS);
    this.#timer.unref();
  }

  async status(status: TaskStatus): Promise<void> {
    if (this.#token === undefined || status.message === undefined) return;
    const said = textOf(status.message);
    const fraction = fractionOf(status);
    if (fraction !== undefined && fraction > this.#last) this.#isFraction = true;
    const value = fraction !== undefined && fraction > this.#last ? fraction : this.#next();
    this.#timer?.refresh();
    await this.#tell(value, said === "" ? undefined : said);
  }

  /** A piece of something that is still being produced; what comes in one piece the result has. */
  async chunk({ artifact, append, lastChunk }: TaskArtifactUpdateEvent): Promise<void> {
    if (this.#token === undefined || (append !== true && lastChunk !== false)) return;
    const text = artifact.parts.map((part) => part.text ?? "").join("");
    const said = text === "" ? (artifact.name ?? artifact.artifactId) : text;
    this.#timer?.refresh();
    await this.#tell(this.#next(), said.length > MAX_CHUNK ? `${said.slice(0, MAX_CHUNK)}…` : said);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #tell(progress: number, message: string | undefined): Promise<void> {
    if (this.#token === undefined || progress <= this.#last) return;
    this.#last = progress;
    const params: JsonObject = {
      progressToken: this.#token,
      progress,
      ...(this.#isFraction ? { total: 1 } : {}),
      ...(message === undefined ? {} : { message }),
    };
    await this.#answer.notify("notifications/progress", params);
  }

  /** Steps are counted, until the agent says how far it is: from then on a step is next to nothing of what is left. */
  #next(): number {
    return this.#isFraction ? this.#last + (1 - this.#last) / 1_000 : Math.floor(this.#last) + 1;
  }
}

function fractionOf({ message }: TaskStatus): number | undefined {
  const metadata: JsonValue | undefined = message?.metadata?.[PROGRESS_METADATA];
  const fraction = member(metadata, "fraction");
  return typeof fraction === "number" && fraction >= 0 && fraction <= 1 ? fraction : undefined;
}
