import type { ServerUnaryCall } from "@grpc/grpc-js";
import type { Principal } from "@berth/protocol";
import type { CallExchange } from "../edge/exchange.ts";
import type { RequestSpan } from "../edge/request-span.ts";

/** What unary calls and streams of grpc-js have in common. */
export type IncomingCall = Pick<
  ServerUnaryCall<Buffer, Buffer>,
  "metadata" | "cancelled" | "getPath" | "getPeer" | "getHost" | "once" | "sendMetadata"
>;

/** One gRPC call as use cases see it: its metadata are the headers. `principal` is set before the method runs. */
export class GrpcExchange implements CallExchange {
  readonly requestId: string;
  readonly method = "GRPC";
  readonly path: string;
  readonly startedUs: number = Date.now() * 1_000;
  span: RequestSpan | undefined;
  readonly query: URLSearchParams = new URLSearchParams();
  readonly #call: IncomingCall;
  readonly #controller = new AbortController();
  #principal: Principal | undefined;

  constructor(call: IncomingCall, requestId: string) {
    this.requestId = requestId;
    this.path = call.getPath();
    this.#call = call;
    if (call.cancelled) this.#controller.abort();
    // Also when the deadline is over, which grpc-js watches and answers.
    call.once("cancelled", () => this.#controller.abort());
  }

  get principal(): Principal {
    if (this.#principal === undefined) throw new Error(`${this.path}: a method ran before authentication`);
    return this.#principal;
  }

  set principal(principal: Principal) {
    this.#principal = principal;
  }

  /** Its connections have no TLS of ours. */
  get clientCertificate(): undefined {
    return undefined;
  }

  /** Aborts when the caller is gone or its time is over, or when the server cannot let it wait any longer. */
  get closed(): AbortSignal {
    return this.#controller.signal;
  }

  get authority(): string {
    return this.#call.getHost();
  }

  /** Without its port. */
  get remoteAddress(): string {
    return this.#call
      .getPeer()
      .replace(/:\d+$/, "")
      .replace(/^\[(.*)\]$/, "$1");
  }

  /** Whoever waits answers with what there is. */
  interrupt(): void {
    this.#controller.abort();
  }

  /** Node joins repeated ones with a comma, which no credential, name or version has. */
  header(name: string): string | undefined {
    const [value] = this.#call.metadata.get(name);
    return typeof value === "string" ? value : undefined;
  }

  /** gRPC has no query. */
  integer(): undefined {
    return undefined;
  }
}
