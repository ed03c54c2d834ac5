import type { Dispatcher } from "undici";

/** Hands an answer on, unless it is the refusal of credentials that have run out: then `again` is called, and nothing is handed on. */
export class AgainWhenUnauthorized implements Dispatcher.DispatchHandler {
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #again: () => void;
  #refused = false;

  constructor(handler: Dispatcher.DispatchHandler, again: () => void) {
    this.#handler = handler;
    this.#again = again;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#handler.onRequestStart?.(controller, context);
  }

  onResponseStart(...[controller, status, headers, message]: Parameters<Start>): void {
    if (this.#refused) return;
    if (status !== 401) {
      this.#handler.onResponseStart?.(controller, status, headers, message);
      return;
    }
    this.#refused = true;
    this.#again();
    // What else it says is of no use, and could be long.
    controller.abort(new Error("the credentials were refused"));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#refused) this.#handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(...[controller, trailers]: Parameters<End>): void {
    if (!this.#refused) this.#handler.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.#refused) this.#handler.onResponseError?.(controller, error);
  }
}

type Start = NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>;
type End = NonNullable<Dispatcher.DispatchHandler["onResponseEnd"]>;
