import type { Dispatcher } from "undici";
import type { AttachedLink, LinkResponse } from "./attached-link.ts";

/** One request of undici's interface over whatever link the agent has: so that everything above it is shared with other agents. */
export class AttachedDispatcher {
  readonly #ready: (signal: AbortSignal) => Promise<AttachedLink>;

  constructor(ready: (signal: AbortSignal) => Promise<AttachedLink>) {
    this.#ready = ready;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    void this.#carry(options, handler);
    return true;
  }

  async #carry(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): Promise<void> {
    const controller = new LinkController();
    handler.onRequestStart?.(controller, {});
    try {
      const link = await this.#ready(controller.signal);
      const response = await withTimeout(controller, options.headersTimeout ?? 0, async () => {
        return await link.request(toLinkRequest(options), controller.signal);
      });
      handler.onResponseStart?.(controller, response.status, { ...response.headers });
      await this.#read(response, controller, handler);
      handler.onResponseEnd?.(controller, {});
    } catch (thrown) {
      const error = controller.reason ?? thrown;
      handler.onResponseError?.(controller, error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #read({ body }: LinkResponse, controller: LinkController, handler: Dispatcher.DispatchHandler): Promise<void> {
    for await (const chunk of body) {
      controller.signal.throwIfAborted();
      handler.onResponseData?.(controller, Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      await controller.unpaused();
    }
    controller.signal.throwIfAborted();
  }
}

class LinkController implements Dispatcher.DispatchController {
  rawHeaders = null;
  rawTrailers = null;
  readonly #abort = new AbortController();
  #paused: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get aborted(): boolean {
    return this.signal.aborted;
  }

  get paused(): boolean {
    return this.#paused !== undefined;
  }

  get reason(): Error | null {
    return this.aborted ? (this.signal.reason as Error) : null; // `abort` takes nothing else
  }

  pause(): void {
    this.#paused ??= Promise.withResolvers<void>();
  }

  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  abort(reason: Error): void {
    this.#abort.abort(reason);
    this.resume();
  }

  async unpaused(): Promise<void> {
    await this.#paused?.promise;
  }
}

/** The same failure as undici's, which the transport knows. */
async function withTimeout<T>(controller: LinkController, ms: number, run: () => Promise<T>): Promise<T> {
  if (ms === 0) return await run();
  const late = Object.assign(new Error("no answer began in time"), { code: "UND_ERR_HEADERS_TIMEOUT" });
  const timer = setTimeout(() => controller.abort(late), ms);
  try {
    return await run();
  } finally {
    clearTimeout(timer);
  }
}

function toLinkRequest({
  method,
  path,
  headers,
  body,
}: Dispatcher.DispatchOptions): Parameters<AttachedLink["request"]>[0] {
  const bytes = typeof body === "string" ? Buffer.from(body) : undefined;
  return {
    method,
    path,
    // HttpTransport gives an object of texts.
    headers: { host: "localhost", ...(headers as Readonly<Record<string, string>>) },
    ...(bytes === undefined ? {} : { body: bytes }),
  };
}
