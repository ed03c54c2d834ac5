// Memory of an SSE stream on which nothing happens, against a bare node:http server that holds as many answers open.
// Resident memory of a garbage-collected process is noisy: take many streams.
//
//   node bench/idle-streams.ts --streams 4000
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { get } from "node:http";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { SKILL_CALL_METADATA } from "@berth/protocol";
import { PlatformProcess, deployFolder } from "@berth/testing";
import { startChild } from "./child.ts";
import { table } from "./statistics.ts";

const { values } = parseArgs({
  options: { streams: { type: "string", default: "4000" }, json: { type: "boolean", default: false } },
});
const streams = Number(values.streams);
/** Opened and closed before the first look, so that code and buffers of the first use are not counted. */
const WARM_UP = 200;
const AT_ONCE = 100;

interface Target {
  readonly url: string;
  readonly pid: number;
  readonly headers: Readonly<Record<string, string>>;
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
}

async function openStreams({ url, headers }: Target, count: number): Promise<readonly IncomingMessage[]> {
  const open: IncomingMessage[] = [];
  while (open.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - open.length) }, async () => {
      // Node's type of an event's arguments is any.
      const [response] = (await once(get(url, { agent: false, headers }), "response")) as [IncomingMessage];
      if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}`);
      response.on("error", () => undefined);
      return response;
    });
    open.push(...(await Promise.all(some)));
  }
  return open;
}

async function bytesPerStream(target: Target): Promise<number> {
  for (const response of await openStreams(target, WARM_UP)) response.destroy();
  const before = await residentBytes(target.pid);
  const open = await openStreams(target, streams);
  const after = await residentBytes(target.pid);
  for (const response of open) response.destroy();
  return (after - before) / streams;
}

/** A task that does nothing for an hour. */
async function startIdleTask(platform: PlatformProcess): Promise<string> {
  const response = await platform.fetch("/agents/echo/message:send", {
    method: "POST",
    headers: { "content-type": "application/json", "a2a-version": "1.0" },
    body: JSON.stringify({
      message: {
        messageId: "idle",
        role: "ROLE_USER",
        parts: [{ data: { ms: 3_600_000, steps: 1 } }],
        metadata: { [SKILL_CALL_METADATA]: { skill: "slow" } },
      },
      configuration: { returnImmediately: true },
    }),
  });
  // The answer of A2A's SendMessage.
  return ((await response.json()) as { task: { id: string } }).task.id;
}

const home = await mkdtemp(join(tmpdir(), "berth-bench-"));
await using open = new AsyncDisposableStack();
open.defer(async () => await rm(home, { recursive: true, force: true, maxRetries: 5 }));
const platform = open.use(await PlatformProcess.start({ home }));
const bare = await startChild<{ readonly url: string; readonly pid: number }>([
  fileURLToPath(new URL("idle-server.ts", import.meta.url)),
]);
open.defer(async () => await bare.stop());
await deployFolder(platform, fileURLToPath(new URL("../examples/echo", import.meta.url)), { name: "echo" });
const url = `${platform.url}/agents/echo/sse/${await startIdleTask(platform)}?after=0`;
const ours = await bytesPerStream({ url, pid: platform.pid, headers: { authorization: `Bearer ${platform.token}` } });
const theirs = await bytesPerStream({ ...bare.ready, headers: {} });
const result = {
  streams,
  berthKiB: Number((ours / 1_024).toFixed(1)),
  bareKiB: Number((theirs / 1_024).toFixed(1)),
  ratio: Number((ours / theirs).toFixed(2)),
};
if (!values.json) process.stdout.write(`${table([result])}\n`);
process.stdout.write(`${JSON.stringify({ bench: "idle-streams", ...result })}\n`);
