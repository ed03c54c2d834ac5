import assert from "node:assert/strict";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { example } from "./harness.ts";
import type { ConsoleBrowser } from "./harness.ts";
import { agentTrace, hex, sendLogs, sendSpans, toOtlp } from "./seed.ts";

export interface FullPlatform {
  /** Of somebody who is not the administrator, and so may be decided on. */
  readonly caller: string;
  readonly taskId: string;
  readonly receiptId: string;
  readonly deploymentId: string;
  readonly traces: readonly [string, string];
}

const TRACES = [0xa1, 0xa2] as const;
const JSON_BODY = { "content-type": "application/json" };

/** Something of everything that the console shows: no screen of it is empty afterwards. */
export async function fillPlatform({ platform }: Pick<ConsoleBrowser, "platform">): Promise<FullPlatform> {
  using folder = temporaryFolder();
  const priced = join(folder.path, "echo");
  await cp(example("echo"), priced, { recursive: true });
  const config = JSON.parse(await readFile(join(priced, "berth.json"), "utf8")) as object;
  const price = { currency: "USD", perCall: "0.01", platformShare: "0.2" };
  await writeFile(join(priced, "berth.json"), JSON.stringify({ ...config, price }));
  const atlas = fileURLToPath(new URL("./atlas", import.meta.url));
  await Promise.all([priced, example("csv-analyst"), atlas].map(async (path) => await deployFolder(platform, path)));

  const send = async (path: string, body: object, key = platform.token): Promise<Record<string, unknown>> => {
    const headers = { ...JSON_BODY, authorization: `Bearer ${key}`, prefer: "respond-async" };
    const response = await platform.fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    const text = await response.text();
    assert.ok(response.ok, `${path}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  };
  const keyed = await send("/v1/keys", { name: "caller", scopes: ["invoke", "approve", "read"] });
  const caller = String(keyed["key"]);
  for (const [path, type, body] of FILES) {
    await platform.fetch(`/v1/workspace/files/${path}`, { method: "PUT", headers: { "content-type": type }, body });
  }
  await send("/v1/memory/csv-analyst/items", {
    text: "The figures of March are late.",
    metadata: { topic: "figures" },
  });
  const now = Date.now();
  const [one, two] = TRACES;
  await sendSpans({ platform }, toOtlp(one, now - 60_000, agentTrace("Plan a journey to Wien.", false)), "planner");
  await sendSpans({ platform }, toOtlp(two, now - 30_000, agentTrace("Plan a cheap one.", true)), "planner");
  const lines = ["looked up 3 trains", "slow answer", "timeout of the timetable"];
  await sendLogs(
    { platform },
    lines.map((body, n) => ({ atMs: now - 3_000 + n * 1_000, severity: [9, 13, 17][n] ?? 9, body })),
    "planner",
  );
  await send("/v1/agents/csv-analyst/evals/runs", {});
  const { taskId } = await send("/agents/atlas/invoke/brief", { place: "Bremen", ask: true });
  await send("/agents/echo/invoke/echo", { text: "hello" });
  await send("/agents/csv-analyst/invoke/summarize", { path: "private/payroll.csv", column: "amount" }, caller);
  await waitFor("a request to decide", async () => (await read(platform, "/v1/approvals", "approvals")).length > 0);
  const receipts = await waitFor("a receipt", async () => {
    const sealed = await read(platform, "/v1/receipts", "receipts");
    return sealed.length > 0 && sealed;
  });
  const deployments = await read(platform, "/v1/deployments", "deployments");
  return {
    caller,
    taskId: String(taskId),
    receiptId: String(receipts[0]?.["receiptId"]),
    deploymentId: String(deployments[0]?.["id"] ?? deployments[0]?.["deploymentId"]),
    traces: [hex(one, 32), hex(two, 32)],
  };
}

const FILES = [
  ["readme.md", "text/markdown", "# Notes\n\n- one\n"],
  ["data/sales.csv", "text/csv", "name,amount\na,1\nb,2\n"],
  ["private/payroll.csv", "text/csv", "name,amount\na,1\nb,2\n"],
  ["private/bonus.csv", "text/csv", "name,amount\na,1\nb,2\n"],
] as const;

type Rows = readonly Readonly<Record<string, unknown>>[];

/** The list of an answer of our own server. */
export async function read(platform: ConsoleBrowser["platform"], path: string, member: string): Promise<Rows> {
  const answer = (await (await platform.fetch(path)).json()) as Readonly<Record<string, Rows>>;
  return answer[member] ?? [];
}
