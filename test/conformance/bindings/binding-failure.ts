/** google.rpc error details as they came, and what tests look for in them. */
export class BindingFailure extends Error {
  override readonly name: string = "BindingFailure";
  readonly reason: string;
  readonly domain: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly fields: readonly string[];
  /** The binding's own code: of JSON-RPC, the HTTP status, or the status of gRPC. */
  readonly code: number;
  /** Over HTTP. */
  readonly httpStatus: number | undefined;
  readonly headers: Headers;

  /** @throws Error when the details do not say why: every refusal has to. */
  constructor(answer: {
    readonly code: unknown;
    readonly message: unknown;
    readonly details: unknown;
    readonly response?: Response;
  }) {
    super(typeof answer.message === "string" ? answer.message : "");
    const details = Array.isArray(answer.details) ? answer.details : [];
    const info = details.find((detail) => detail["@type"] === "type.googleapis.com/google.rpc.ErrorInfo");
    const badRequest = details.find((detail) => detail["@type"] === "type.googleapis.com/google.rpc.BadRequest");
    if (typeof info?.reason !== "string" || typeof answer.code !== "number" || this.message === "") {
      throw new Error(`not an error of A2A: HTTP ${answer.response?.status} ${JSON.stringify(answer)}`);
    }
    this.reason = info.reason;
    this.domain = info.domain;
    this.metadata = info.metadata ?? {};
    this.fields = (badRequest?.fieldViolations ?? []).map(({ field }: { readonly field: string }) => field);
    this.code = answer.code;
    this.httpStatus = answer.response?.status;
    this.headers = answer.response?.headers ?? new Headers();
  }
}

/** What was refused. @throws Error when it was not. */
export async function refusal(call: Promise<unknown>): Promise<BindingFailure> {
  const answered = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ("error" in answered && answered.error instanceof BindingFailure) return answered.error;
  if ("error" in answered) throw answered.error;
  throw new Error(`expected a refusal, got ${JSON.stringify(answered.value)}`);
}
