import type { Dispatcher } from "undici";
import type { EgressDecision } from "../sandbox-driver.ts";

/** Bytes of the answer kept before the agent's socket is paused. */
const PAUSE_AT = 1024 * 1024;
/** Decisions kept per turn; an agent in a retry loop makes them faster than anyone reads. */
const MAX_EGRESS = 1_000;

export type InboxItem =
  | { readonly kind: "head"; readonly status: number; readonly contentType: string }
  | { readonly kind: "chunk"; readonly chunk: Buffer }
  | { readonly kind: "end" }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "egress"; readonly decision: EgressDecision };

/**
 * All that happens to one turn, in the order it happened: the answer of the agent as undici delivers it, egress
 * decisions, the end. One reader. When the reader is slow the agent's socket is paused, so that the kernel's buffers and
 * then the agent itself wait.
 */
export class TurnInbox implements Dispatcher.DispatchHandler {
  #items: InboxItem[] = [];
  #next = 0;
  #bytes = 0;
  #egress = 0;
  #wake: ((item: InboxItem) => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #over = false;

  /** True after `end` or `failed`; nothing comes after. */
  get over(): boolean {
    return this.#over;
  }

  next(): InboxItem | Promise<InboxItem> {
    const item = this.#items[this.#next];
    if (item === undefined) return new Promise((resolve) => (this.#wake = resolve));
    this.#next += 1;
    if (this.#next === this.#items.length) {
      this.#items = [];
      this.#next = 0;
    }
    this.#taken(item);
    return item;
  }

  egress(decision: EgressDecision): void {
    if (this.#egress >= MAX_EGRESS) return;
    this.#egress += 1;
    this.#put({ kind: "egress", decision });
  }

  /** Ends the turn from outside and closes the connection. The first end counts. */
  fail(error: unknown): void {
    if (this.#over) return;
    this.#end({ kind: "failed", error });
    this.#controller?.abort(error instanceof Error ? error : new Error("the turn was ended"));
  }

  /** Ends the turn as if the agent had closed its stream. */
  finish(): void {
    if (this.#over) return;
    this.#end({ kind: "end" });
    this.#controller?.abort(new Error("the turn was ended"));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(new Error("the turn was ended"));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: { readonly [name: string]: string | readonly string[] | undefined },
  ): void {
    // 1xx are not the answer.
    if (status < 200) return;
    const contentType = headers["content-type"];
    this.#put({ kind: "head", status, contentType: typeof contentType === "string" ? contentType : "" });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    this.#put({ kind: "chunk", chunk });
    if (this.#bytes > PAUSE_AT) controller.pause();
  }

  onResponseEnd(): void {
    this.#end({ kind: "end" });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end({ kind: "failed", error });
  }

  #end(item: InboxItem): void {
    if (this.#over) return;
    this.#over = true;
    this.#put(item);
  }

  #put(item: InboxItem): void {
    const wake = this.#wake;
    if (wake === undefined) {
      if (item.kind === "chunk") this.#bytes += item.chunk.length;
      this.#items.push(item);
      return;
    }
    this.#wake = undefined;
    wake(item);
  }

  #taken(item: InboxItem): void {
    if (item.kind !== "chunk") return;
    this.#bytes -= item.chunk.length;
    if (this.#bytes <= PAUSE_AT / 2 && this.#controller?.paused === true) this.#controller.resume();
  }
}
