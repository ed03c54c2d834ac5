import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { LocalCloudRun } from "./local-cloud-run.ts";
import type { AddressOf } from "./local-cloud-run.ts";
import { LocalEngines } from "./local-engines.ts";
import { ProtoSchema } from "./proto-schema.ts";
import { Refusal, asJson } from "./refusal.ts";
import type { Json } from "./refusal.ts";
import { Operations } from "./operations.ts";

export interface LocalGoogle extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly run: LocalCloudRun;
  readonly engines: LocalEngines;
  readonly operations: Operations;
  /** Every request in order: `PATCH /v2/…`. */
  readonly requests: readonly { readonly method: string; readonly path: string; readonly body: unknown }[];
  /** The next `count` requests are answered so, with Retry-After: 0. */
  refuse(count: number, status: number): void;
  /** Lines of logging.v2 entries:list. */
  readonly entries: Json[];
}

export interface LocalGoogleOptions {
  readonly addressOf?: AddressOf;
  /** At an operation until it is done; default: 2. */
  readonly looks?: number;
  /** Answers `:query` and `:streamQuery` of the engine that runs the image; default: nobody does. */
  readonly engineCall?: (
    call: { readonly image: string; readonly method: string; readonly body: Json; readonly request: IncomingMessage },
    response: ServerResponse,
  ) => Promise<void>;
}

const ENGINE_CALLS: readonly string[] = ["QueryReasoningEngine", "StreamQueryReasoningEngine"];

/**
 * Cloud Run's, Vertex AI's and Cloud Logging's REST interfaces on loopback. Every call is held against the description that
 * Google's own clients carry before it has an effect; then it plays the state: operations, etags, revisions, traffic.
 */
export async function openLocalGoogle({ addressOf, engineCall, looks }: LocalGoogleOptions = {}): Promise<LocalGoogle> {
  const operations = new Operations(looks);
  const run = new LocalCloudRun(operations, addressOf);
  const engines = new LocalEngines(operations);
  const schemas = [
    new ProtoSchema("@google-cloud/run", "google.cloud.run.v2", ["Services", "Revisions"]),
    new ProtoSchema("@google-cloud/aiplatform", "google.cloud.aiplatform.v1", [
      "ReasoningEngineService",
      "ReasoningEngineExecutionService",
    ]),
  ];
  const requests: { readonly method: string; readonly path: string; readonly body: unknown }[] = [];
  const entries: Json[] = [];
  let refusals: number[] = [];

  /** Undefined: it has answered. */
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<Json | undefined> {
    const url = new URL(request.url ?? "/", "http://google");
    const path = decodeURIComponent(url.pathname);
    const text = await readText(request);
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    const method = request.method ?? "GET";
    requests.push({ method, path: request.url ?? "", body });
    const refusal = refusals.shift();
    if (refusal !== undefined)
      throw new Refusal(refusal, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Write requests'");
    const operation = /^\/v[12](?:beta1)?\/(projects\/.*operations\/[^/:]+)(:wait)?$/.exec(path)?.[1];
    if (operation !== undefined) return operations.poll(operation);
    if (path === "/v2/entries:list") return { entries };
    for (const schema of schemas) {
      const checked = schema.check(method, path, url.searchParams, body);
      if (checked === undefined) continue;
      if (checked.violations.length > 0) {
        throw new Refusal(400, "INVALID_ARGUMENT", "Invalid JSON payload received.", checked.violations);
      }
      const call = { ...checked.call, query: url.searchParams, body: asJson(body) };
      if (engineCall !== undefined && ENGINE_CALLS.includes(call.method)) {
        const image = engines.imageOf(call.variables["name"] ?? "");
        await engineCall({ image, method: call.method, body: call.body, request }, response);
        return undefined;
      }
      const answer = run.answer(call) ?? engines.answer(call);
      if (answer !== undefined) return answer;
    }
    throw new Refusal(404, "NOT_FOUND", `no method for ${method} ${path}`);
  }

  const server = createServer((request, response) => {
    handle(request, response).then(
      (body) => (body === undefined ? undefined : send(response, 200, body)),
      (error: unknown) => {
        const refusal = error instanceof Refusal ? error : new Refusal(500, "INTERNAL", String(error));
        send(response, refusal.status, statusOf(refusal));
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    run,
    engines,
    operations,
    requests,
    entries,
    refuse: (count, status) => {
      refusals = Array.from({ length: count }, () => status);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, status: number, body: Json): void {
  response.writeHead(status, { "content-type": "application/json", ...(status === 429 ? { "retry-after": "0" } : {}) });
  response.end(JSON.stringify(body));
}

function statusOf({ status, code, message, violations }: Refusal): Json {
  const details =
    violations.length === 0
      ? {}
      : { details: [{ "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: violations }] };
  return { error: { code: status, message, status: code, ...details } };
}
