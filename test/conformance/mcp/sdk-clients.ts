import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";

interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onprogress?: (progress: { readonly progress: number; readonly message?: string | undefined }) => void;
}

/** What the tests do with an SDK, whichever it is. */
interface TestClient {
  tools(): Promise<readonly string[]>;
  /** The text of the result. */
  call(name: string, args: Record<string, unknown>, options?: CallOptions): Promise<string>;
  /** What the agent logs during a call, from `level` on. */
  log(name: string, level: "debug" | "info"): Promise<readonly unknown[]>;
  /** Calls `heard` with the address of the resource whenever it has changed. */
  watch(uri: string, heard: (uri: string) => void): Promise<void>;
}

interface Sdk {
  use<T>(url: string, work: (client: TestClient) => Promise<T>): Promise<T>;
}

const INFO = { name: "test", version: "1.0.0" };
const CAPABILITIES = { elicitation: {} };
const ANSWER = { action: "accept", content: { name: "Ada" } } as const;

export const sdkV1: Sdk = {
  async use(url, work) {
    const client = new ClientV1(INFO, { capabilities: CAPABILITIES });
    client.setRequestHandler(ElicitRequestSchema, async () => await Promise.resolve(ANSWER));
    await client.connect(new TransportV1(new URL(url)));
    try {
      return await work({
        tools: async () => (await client.listTools()).tools.map(({ name }) => name),
        call: async (name, args, options) =>
          textOf(await client.callTool({ name, arguments: args }, undefined, options)),
        log: async (name, level) => {
          const heard: unknown[] = [];
          client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void heard.push(params.data));
          await client.setLoggingLevel(level);
          await client.callTool({ name, arguments: {} });
          return heard;
        },
        watch: async (uri, heard) => {
          client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => heard(params.uri));
          await client.subscribeResource({ uri });
        },
      });
    } finally {
      await client.close();
    }
  },
};

export const sdkV2: Sdk = {
  async use(url, work) {
    const client = new ClientV2(INFO, {
      capabilities: CAPABILITIES,
      versionNegotiation: { mode: { pin: "2026-07-28" } },
    });
    client.setRequestHandler("elicitation/create", async () => await Promise.resolve(ANSWER));
    await client.connect(new TransportV2(new URL(url)));
    try {
      return await work({
        tools: async () => (await client.listTools()).tools.map(({ name }) => name),
        call: async (name, args, options) => textOf(await client.callTool({ name, arguments: args }, options)),
        log: async (name, level) => {
          const heard: unknown[] = [];
          client.setNotificationHandler("notifications/message", ({ params }) => void heard.push(params.data));
          const _meta = { "io.modelcontextprotocol/logLevel": level };
          await client.callTool({ name, arguments: {}, _meta });
          return heard;
        },
        watch: async (uri, heard) => {
          client.setNotificationHandler("notifications/resources/updated", ({ params }) => heard(params.uri));
          await client.listen({ resourceSubscriptions: [uri] });
        },
      });
    } finally {
      await client.close();
    }
  },
};

function textOf(result: object): string {
  const { content } = result as { readonly content: readonly { readonly text?: string }[] }; // what tools answer
  return content.map(({ text }) => text ?? "").join("\n");
}
