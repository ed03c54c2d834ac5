import type { Scrubber } from "@berth/runtime";
import type { DeploymentLine, Store } from "@berth/store";

const MAX_LINE = 2_000;
const MAX_LINES = 20_000;
const MAX_CHARACTERS = 2_000_000;
/** What the platform itself says is kept beyond the bound, so that the end of a loud build can be read. */
const SPARE_LINES = 500;
const BATCH_LINES = 100;
const BATCH_MS = 100;
/** Output that waits for a store that does not answer; beyond it lines are left out. */
const MAX_WAITING = 5_000;

type Stream = DeploymentLine["stream"];
type Waiting = Pick<DeploymentLine, "at" | "step" | "stream" | "text">;

export interface DeploymentLogOptions {
  readonly store: Pick<Store["deployments"], "appendLines">;
  readonly orgId: string;
  readonly deploymentId: string;
  /** The last line that is kept already. */
  readonly last: number;
  readonly now: () => Date;
  /** Asked before lines are kept: nothing it knows is. */
  readonly scrubber: () => Promise<Pick<Scrubber, "text">>;
  /** Lines can be read now. */
  readonly onKept: () => void;
  /** They could not be kept; tried again. */
  readonly onFailed: (error: unknown) => void;
}

/** Writes down what a deployment says: in order, without gaps, in batches, up to a bound. */
export class DeploymentLog {
  readonly #options: DeploymentLogOptions;
  #waiting: Waiting[] = [];
  #scrubbed: DeploymentLine[] = [];
  #seq: number;
  #characters = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isFull = false;

  constructor(options: DeploymentLogOptions) {
    this.#options = options;
    this.#seq = options.last;
    this.#isFull = options.last >= MAX_LINES;
  }

  write(step: string, stream: Stream, text: string): void {
    const at = this.#options.now().toISOString();
    for (const line of text.replace(/\r?\n$/, "").split(/\r?\n/)) {
      if (this.#waiting.length >= MAX_WAITING && stream !== "platform") return;
      this.#waiting.push({ at, step, stream, text: line });
    }
    if (this.#waiting.length >= BATCH_LINES) void this.flush().catch(this.#options.onFailed);
    else this.#timer ??= setTimeout(() => void this.flush().catch(this.#options.onFailed), BATCH_MS);
  }

  /** Resolves when everything that was written before can be read. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const written = this.#writing.then(async () => await this.#flush());
    this.#writing = written.catch(() => undefined);
    await written;
  }

  async #flush(): Promise<void> {
    const { store, orgId, deploymentId, scrubber, onKept } = this.#options;
    if (this.#waiting.length > 0) {
      const clean = await scrubber();
      const waiting = this.#waiting;
      this.#waiting = [];
      this.#scrubbed.push(...joined(waiting).flatMap((block) => this.#numbered(block, (text) => clean.text(text))));
    }
    const lines = this.#scrubbed;
    if (lines.length === 0) return;
    for (let from = 0; from < lines.length; from += BATCH_LINES * 5) {
      await store.appendLines(orgId, deploymentId, lines.slice(from, from + BATCH_LINES * 5));
    }
    this.#scrubbed = this.#scrubbed.slice(lines.length);
    onKept();
  }

  /** A secret of several lines is one text only as long as they are together. */
  #numbered({ text, ...block }: Waiting, scrub: (text: string) => string): readonly DeploymentLine[] {
    return scrub(text)
      .split("\n")
      .flatMap((line) => this.#admit({ ...block, text: shortened(line) }));
  }

  #admit(line: Waiting): readonly DeploymentLine[] {
    this.#characters += line.text.length;
    const isOver = this.#seq >= MAX_LINES || this.#characters > MAX_CHARACTERS;
    if (!isOver || (line.stream === "platform" && this.#seq < MAX_LINES + SPARE_LINES)) return [this.#next(line)];
    if (this.#isFull) return [];
    this.#isFull = true;
    return [this.#next({ ...line, stream: "platform", text: "… what it says from here on is not kept" })];
  }

  #next(line: Waiting): DeploymentLine {
    this.#seq += 1;
    return { seq: this.#seq, ...line };
  }
}

/** Lines of the same step and stream, one after the other, as one text. */
function joined(lines: readonly Waiting[]): readonly Waiting[] {
  const blocks: Waiting[] = [];
  for (const line of lines) {
    const last = blocks.at(-1);
    const continues = last?.step === line.step && last.stream === line.stream;
    if (last !== undefined && continues) blocks[blocks.length - 1] = { ...last, text: `${last.text}\n${line.text}` };
    else blocks.push(line);
  }
  return blocks;
}

function shortened(text: string): string {
  return text.length <= MAX_LINE ? text : `${text.slice(0, MAX_LINE - 2)} …`;
}
