// A platform, and beside it a socket through which a benchmark registers copies of an agent and asks for memory. The
// copies are releases of the same code, so each could be called; registering them one deployment at a time would take hours.
import { createServer } from "node:http";
import { join } from "node:path";
import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { Store } from "@berth/store";
import { readServerConfig } from "../apps/server/src/config.ts";
import { startPlatform } from "../apps/server/src/start-platform.ts";

const log = (line: string): void => void process.stderr.write(`${line}\n`);
let store: Store | undefined;
const platform = await startPlatform(readServerConfig(process.env, process.cwd()), log, {
  wrapStore: (inner) => (store = inner),
});

async function register(name: string, count: number): Promise<void> {
  const found = await store?.agents.find(DEFAULT_ORG_ID, name);
  if (found === undefined || store === undefined) throw new Error(`no agent ${name}`);
  const { agent, release } = found;
  for (let i = 0; i < count; i++) {
    const [agentId, releaseId] = [`agt_sleeper${i}`, `rel_sleeper${i}`];
    const copy = { orgId: agent.orgId, agentId, name: `sleeper-${i}`, kind: agent.kind, activeReleaseId: releaseId };
    await store.agents.publish(copy, { ...release, agentId, releaseId });
  }
}

const beside = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  const answer = async (): Promise<object> => {
    if (pathname === "/register") await register(searchParams.get("agent") ?? "", Number(searchParams.get("count")));
    // Twice: what the first one finds is freed by the second.
    globalThis.gc?.();
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rss, heap: heapUsed + external };
  };
  answer().then(
    (body) => response.end(JSON.stringify(body)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});
beside.listen(join(platform.home, "beside.sock"), () => {
  process.stdout.write(`${JSON.stringify({ url: platform.url, token: platform.token })}\n`);
});
process.once("SIGTERM", () => {
  beside.close();
  void platform.stop().then(() => process.exit(0));
});
