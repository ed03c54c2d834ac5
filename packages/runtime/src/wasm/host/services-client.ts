import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import type { JsonObject } from "@berth/protocol";

export interface ServicesRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Uint8Array;
}

/** The platform refused, or could not; `reason` is one of its own. */
export class ServiceFailure extends Error {
  override readonly name: string = "ServiceFailure";
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Reasons for which a newer grant of the same run may do. */
const STALE: ReadonlySet<string> = new Set(["GRANT_EXPIRED", "GRANT_REVOKED"]);
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** The platform's services for one run of one agent. The grant stays here: the module never has it. */
export class ServicesClient {
  readonly #socketPath: string;
  readonly #instanceId: string;
  readonly #signal: AbortSignal;
  #grant: string | undefined;

  constructor(options: {
    readonly socketPath: string;
    readonly instanceId: string;
    readonly grant: string | undefined;
    readonly signal: AbortSignal;
  }) {
    this.#socketPath = options.socketPath;
    this.#instanceId = options.instanceId;
    this.#grant = options.grant;
    this.#signal = options.signal;
  }

  /** @throws ServiceFailure */
  async send(wanted: ServicesRequest): Promise<Buffer> {
    try {
      return await this.#exchange(wanted);
    } catch (error) {
      if (!(error instanceof ServiceFailure) || !STALE.has(error.reason)) throw error;
      const { grant } = parseObject(await this.#exchange({ method: "GET", path: "/grant" }));
      if (typeof grant === "string") this.#grant = grant;
      return await this.#exchange(wanted);
    }
  }

  async json(method: string, path: string, body?: JsonObject): Promise<JsonObject> {
    // A module says each address itself: nothing tricks it into one.
    const headers = { "content-type": "application/json", "metadata-flavor": "Berth" };
    const answer = await this.send({
      method,
      path,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return answer.length === 0 ? {} : parseObject(answer);
  }

  /** What an approval made. */
  useGrant(grant: string): void {
    this.#grant = grant;
  }

  async #exchange({ method, path, headers, body }: ServicesRequest): Promise<Buffer> {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(
        {
          socketPath: this.#socketPath,
          method,
          path,
          signal: this.#signal,
          headers: {
            ...headers,
            "berth-instance": this.#instanceId,
            ...(this.#grant === undefined ? {} : { authorization: `Grant ${this.#grant}` }),
          },
        },
        resolve,
      );
      sent.on("error", reject);
      sent.end(body);
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer) {
      // No encoding is set: buffers.
      const piece = chunk as Buffer;
      size += piece.length;
      if (size > MAX_ANSWER_BYTES) throw new ServiceFailure("FILE_TOO_LARGE", "The answer is larger than 16 MiB.");
      chunks.push(piece);
    }
    const whole = Buffer.concat(chunks);
    const { statusCode = 0 } = answer;
    if (statusCode >= 200 && statusCode < 300) return whole;
    throw toFailure(statusCode, whole);
  }
}

function toFailure(status: number, body: Buffer): ServiceFailure {
  let problem: JsonObject = {};
  try {
    problem = parseObject(body);
  } catch {
    // Not a problem document: the status says all there is.
  }
  // Models answer with errors as OpenAI has them: {"error": {"code", "message"}}.
  const { error } = problem;
  const { code, message }: JsonObject = isObject(error) ? error : {};
  const { reason = code, detail = message } = problem;
  return new ServiceFailure(
    typeof reason === "string" ? reason : "INTERNAL",
    typeof detail === "string" ? detail : `The platform answered ${status}.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Of what there is behind the socket only a file, which is not asked for as JSON, and a stream of a model are none.
    throw new ServiceFailure("UNSUPPORTED_OPERATION", 'The answer is a stream: ask without "stream".');
  }
}

function parseObject(bytes: Uint8Array): JsonObject {
  const value = parseJson(new TextDecoder().decode(bytes));
  if (!isObject(value)) throw new ServiceFailure("INTERNAL", "The platform's answer is not an object.");
  return value;
}

/** Of what JSON.parse gave. */
function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
