import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { afterEach } from "vitest";
import { createRuntime } from "../src/create-runtime.ts";
import { createOutboundHttp } from "../src/outbound/outbound-http.ts";
import { fakeSpec } from "../src/pool/fake-instances.ts";
import type { Timers } from "../src/pool/timers.ts";
import type { Runtime } from "../src/runtime.ts";
import type { ReleaseSpec, RemoteTarget } from "../src/sandbox-driver.ts";
import { scriptedAgent } from "./connector-scripted-agent.ts";
import type { AgentCall } from "./connector-scripted-agent.ts";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** All waits of the runtime are a tenth. */
const hasty: Timers = {
  now: Date.now,
  after(ms, run) {
    const timer = setTimeout(run, ms / 10);
    return () => clearTimeout(timer);
  },
};

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return `http://127.0.0.1:${address.port}`;
}

export interface World {
  readonly runtime: Runtime;
  readonly spec: ReleaseSpec;
  readonly calls: readonly AgentCall[];
  readonly methods: () => readonly string[];
}

/** A runtime that may call these hosts although they are private. */
export function openRuntime(allowHosts: readonly string[]): Runtime {
  const outbound = createOutboundHttp({ allowHosts });
  const runtime = createRuntime({ drivers: [], now: Date.now, newInstanceId: () => "ins_1", outbound, timers: hasty });
  // Before the servers, which wait for their connections.
  open.unshift(
    async () => await runtime.close(0),
    async () => await outbound.close(),
  );
  return runtime;
}

/** A runtime and an agent elsewhere, whose answers the test writes. */
export async function world(answer: (call: AgentCall) => void, more: Partial<RemoteTarget> = {}): Promise<World> {
  const calls: AgentCall[] = [];
  const url = await serve(
    scriptedAgent((call) => {
      calls.push(call);
      answer(call);
    }),
  );
  const runtime = openRuntime(["127.0.0.1:*"]);
  const remote: RemoteTarget = {
    cardUrl: `${url}/.well-known/agent-card.json`,
    url: `${url}/rpc?team=1`,
    protocolBinding: "JSONRPC",
    protocolVersion: "1.0",
    streaming: true,
    headers: { authorization: "Bearer t" },
    ...more,
  };
  const methods = (): readonly string[] => calls.map(({ body, path }) => body?.method ?? path);
  return { runtime, spec: { ...fakeSpec(), remote }, calls, methods };
}
