import { PlatformError } from "@berth/protocol";

/** The request got no answer: nobody listens there, or the connection broke. Nothing says whether the server saw it. */
export class ConnectionError extends PlatformError {
  override readonly name: string = "ConnectionError";
  readonly url: string;

  constructor(url: string, cause: unknown) {
    // The closed list has no reason for what never reached a server; SHUTTING_DOWN has the same status and retry advice.
    super("SHUTTING_DOWN", `No answer from ${url}: ${rootMessage(cause)}.`, {
      cause,
      retryable: true,
      hint: "Check the address, and that the server is running.",
    });
    this.url = url;
  }
}

/** fetch reports "fetch failed" and hides what happened in its cause. */
function rootMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return rootMessage(error.cause);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return error.message === "" ? code || error.name : error.message;
}
