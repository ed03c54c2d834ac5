import { randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { connect } from "node:net";
import { loadGrantKeys, loadReceiptKeys, loadSigningKeys, openControl } from "@berth/control";
import type { Control, RunningControl } from "@berth/control";
import { DEFAULT_ORG_ID, createIdGenerator } from "@berth/protocol";
import type { AgentCard, AgentConfig, Principal, ReleaseImage, Scope, SkillSchemas } from "@berth/protocol";
import { InMemoryBlobStore, InMemoryLayerStore, createInMemoryStore } from "@berth/store/memory";
import { ScriptedConnector, scriptedCard, scriptedConfig, temporaryFolder } from "@berth/testing";
import type { TurnScript } from "@berth/testing";
import { createGateway } from "./gateway.ts";
import type { Gateway, GatewayOptions } from "./gateway.ts";

type Store = ReturnType<typeof createInMemoryStore>;
type Runtime = Parameters<typeof openControl>[0]["runtime"];
type Outbound = Parameters<typeof openControl>[0]["outbound"];
type LogLine = ReturnType<Runtime["logs"]>[number];

const SYSTEM: Principal = { kind: "system", id: "system", orgId: DEFAULT_ORG_ID, scopes: ["admin"] };

export interface HouseOptions {
  /** What is reachable outside; default: nothing. */
  readonly outbound?: Outbound;
  readonly script?: TurnScript;
  readonly gateway?: Partial<GatewayOptions>;
  /** The authorization server, on these use cases. */
  readonly oauth?: (control: RunningControl, baseUrl: () => string) => NonNullable<GatewayOptions["oauth"]>;
  /** Default: the platform's. */
  readonly rates?: Parameters<typeof openControl>[0]["rates"];
  readonly imageLimits?: NonNullable<Parameters<typeof openControl>[0]["imageLimits"]>;
  /** Replaces use cases that a test must steer. */
  readonly override?: (control: RunningControl) => Partial<Control>;
}

/** The gateway on the real use cases, an in-memory store and scripted agents: `scripted` is public, `hidden` is not. */
export interface House extends AsyncDisposable {
  readonly port: number;
  readonly gateway: Gateway;
  readonly control: RunningControl;
  readonly store: Store;
  readonly connector: ScriptedConnector;
  readonly admin: string;
  /** Where releases have their files. */
  readonly releasesFolder: string;
  readonly log: string[];
  printLine(text: string): void;
  key(...scopes: Scope[]): Promise<string>;
  call(path: string, options?: CallOptions): Promise<Answer>;
  rpc(method: string, params?: unknown, options?: CallOptions & { readonly agent?: string }): Promise<Answer>;
  open(path: string, options?: CallOptions): Promise<OpenAnswer>;
  raw(text: string | readonly string[]): Promise<string>;
}

export interface CallOptions {
  readonly method?: string;
  readonly headers?: { readonly [name: string]: string | readonly string[] };
  /** Anything but a string or bytes is sent as JSON. */
  readonly body?: unknown;
  readonly token?: string;
}

/** Tests look into what came back without parsing it first. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Json;
}

interface OpenAnswer {
  readonly response: IncomingMessage;
  readonly events: AsyncGenerator<SseMessage>;
  close(): void;
}

interface SseMessage {
  readonly id?: string;
  readonly event?: string;
  readonly data: Json;
}

const nothingOutside: Outbound = {
  assertUrl: async (url) => new URL(url),
  request: async () => {
    throw new Error("nothing is reachable from here");
  },
  stream: async () => {
    throw new Error("nothing is reachable from here");
  },
  tunnel: async () => {
    throw new Error("nothing is reachable from here");
  },
  exchange: async () => {
    throw new Error("nothing is reachable from here");
  },
  isExempt: () => false,
  secured: () => {
    throw new Error("nothing is reachable from here");
  },
};

export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const store = createInMemoryStore();
  const connector = new ScriptedConnector(options.script);
  const folder = temporaryFolder("berth-gateway");
  const listeners = new Set<(line: LogLine) => void>();
  const printed: LogLine[] = [];
  const log: string[] = [];
  const ids = createIdGenerator({ now: Date.now, randomBytes });
  const runtime: Runtime = {
    connector,
    attached: {
      view: () => undefined,
      assertReachable: () => undefined,
      connect: () => {
        throw new Error("nobody attaches here");
      },
    },
    serveAgents: () => undefined,
    useSecrets: () => undefined,
    useTelemetry: () => undefined,
    capabilities: async () => [],
    instances: () => [],
    health: () => ({ state: "sleeping", restarts: 0 }),
    wakes: () => [],
    assertRoom: () => undefined,
    drain: async () => undefined,
    logs: (_agentId, limit) => printed.slice(-limit),
    onLog: (_agentId, listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => undefined,
  };
  const control = await openControl({
    store,
    storeKind: "memory",
    blobs: new InMemoryBlobStore(),
    layers: new InMemoryLayerStore(),
    runtime,
    outbound: options.outbound ?? nothingOutside,
    receiptKeys: await loadReceiptKeys(`${folder.path}/keys`),
    signingKeys: await loadSigningKeys(`${folder.path}/keys`),
    grantKeys: await loadGrantKeys(`${folder.path}/keys`, () => new Date()),
    ledgerOrigin: "test.invalid/ledger",
    pepper: randomBytes(32),
    secretsKey: randomBytes(32),
    releasesFolder: `${folder.path}/releases`,
    workFolder: `${folder.path}/work`,
    npmCacheFolder: `${folder.path}/npm`,
    ...(options.rates === undefined ? {} : { rates: options.rates }),
    ...(options.imageLimits === undefined ? {} : { imageLimits: options.imageLimits }),
    buildEnvironment: {},
    ids,
    now: () => new Date(),
    randomBytes,
    log: (line) => log.push(line),
  });
  await publish(store, "scripted", { config: scriptedConfig({ visibility: "public" }) });
  await publish(store, "hidden", {});
  const { secret: admin } = await control.auth.createKey(SYSTEM, { name: "admin", scopes: ["admin"] });
  let port = 0;
  const gateway = createGateway({
    control: { ...control, ...options.override?.(control) },
    ids,
    version: "0.0.0-test",
    baseUrl: () => `http://127.0.0.1:${port}`,
    log: (line) => log.push(line),
    ...(options.oauth === undefined ? {} : { oauth: options.oauth(control, () => `http://127.0.0.1:${port}`) }),
    ...options.gateway,
  });
  ({ port } = await gateway.listen(0, "127.0.0.1"));
  const call = async (path: string, init: CallOptions = {}): Promise<Answer> =>
    await read(await send(port, path, init));
  return {
    port,
    gateway,
    control,
    store,
    connector,
    admin,
    releasesFolder: `${folder.path}/releases`,
    log,
    call,
    printLine(text) {
      const line: LogLine = {
        at: new Date().toISOString(),
        agentId: "agt_scripted",
        releaseId: "rel_scripted",
        instanceId: "ins_1",
        stream: "stdout",
        text,
      };
      printed.push(line);
      for (const listener of listeners) listener(line);
    },
    key: async (...scopes) => (await control.auth.createKey(SYSTEM, { name: "test", scopes })).secret,
    rpc: async (method, params, { agent = "scripted", ...init } = {}) =>
      await call(`/agents/${agent}`, { ...init, body: { jsonrpc: "2.0", id: 1, method, params } }),
    open: async (path, init = {}) => {
      const response = await send(port, path, { ...init, headers: { accept: "text/event-stream", ...init.headers } });
      return { response, events: readEvents(response), close: () => response.destroy() };
    },
    raw: async (text) => await exchangeRaw(port, typeof text === "string" ? [text] : text),
    [Symbol.asyncDispose]: async () => {
      await gateway.close(100);
      await control.close(100);
      await store.close();
      folder[Symbol.dispose]();
    },
  };
}

export async function publish(
  store: Store,
  name: string,
  change: {
    releaseId?: string;
    config?: AgentConfig;
    card?: AgentCard;
    skillSchemas?: readonly SkillSchemas[];
    upstreamCard?: string;
    digest?: string;
    image?: ReleaseImage;
  },
): Promise<void> {
  const { releaseId = `rel_${name}` } = change;
  await store.agents.publish(
    { orgId: DEFAULT_ORG_ID, agentId: `agt_${name}`, name, kind: "deployed", activeReleaseId: releaseId },
    {
      orgId: DEFAULT_ORG_ID,
      releaseId,
      agentId: `agt_${name}`,
      digest: change.digest ?? `sha256:${"0".repeat(64)}`,
      ...(change.image === undefined ? {} : { image: change.image }),
      config: change.config ?? scriptedConfig(),
      card: change.card ?? scriptedCard(),
      ...(change.upstreamCard === undefined ? {} : { upstreamCard: change.upstreamCard }),
      skillSchemas: change.skillSchemas ?? [],
      entry: "agent.mjs",
      trusted: false,
      createdAt: new Date().toISOString(),
    },
  );
}

let sent = 0;
/** Parameters of a send with an id of its own. */
export function textMessage(text: string, change: object = {}): { message: object } {
  sent += 1;
  return { message: { messageId: `m-${sent}`, role: "ROLE_USER", parts: [{ text }], ...change } };
}

async function send(
  port: number,
  path: string,
  { method, headers, body, token }: CallOptions,
): Promise<IncomingMessage> {
  const isBytes = typeof body === "string" || body instanceof Uint8Array;
  const payload = body === undefined || isBytes ? body : JSON.stringify(body);
  return await new Promise((resolve, reject) => {
    const req = httpRequest({
      port,
      host: "127.0.0.1",
      path,
      agent: false,
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: {
        ...(payload === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(payload) }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
    });
    req.on("response", resolve).on("error", reject);
    req.end(payload);
  });
}

async function read(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  const isJson = /\bjson\b/.test(response.headers["content-type"] ?? "");
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text,
    json: isJson && text !== "" ? JSON.parse(text) : undefined,
  };
}

async function* readEvents(response: IncomingMessage): AsyncGenerator<SseMessage> {
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
      const message = parseEvent(text.slice(0, end));
      text = text.slice(end + 2);
      if (message !== undefined) yield message;
    }
  }
}

function parseEvent(block: string): SseMessage | undefined {
  const fields = new Map(
    block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
  );
  const data = fields.get("data");
  if (data === undefined) return undefined;
  const id = fields.get("id");
  const event = fields.get("event");
  return { ...(id === undefined ? {} : { id }), ...(event === undefined ? {} : { event }), data: JSON.parse(data) };
}

/** Writes bytes as they are, piece by piece, and gives back all that came until the other side closed. */
async function exchangeRaw(port: number, pieces: readonly string[]): Promise<string> {
  return await new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => {
      for (const piece of pieces) socket.write(piece);
    });
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => (answer += text));
    socket.on("close", () => resolve(answer));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "ECONNRESET" ? resolve(answer) : reject(error),
    );
  });
}
