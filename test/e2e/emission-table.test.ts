import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseTrustPolicy, sha256, verifyBundle } from "@berth/ledger";
import type { RunReceipt, VerifiedReceipt } from "@berth/ledger";
import type { TaskEvent, TaskEventBody, TaskEventKind } from "@berth/protocol";
import { PlatformProcess, deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

const ECHO = fileURLToPath(new URL("../../examples/echo", import.meta.url));

/** Does each thing of the table once. */
const CLERK = `
import { defineAgent, skill } from "@berth/sdk";
export default defineAgent({
  name: "clerk", version: "1.2.0", description: "Does one of everything.",
  skills: { work: skill({ description: "Works", tags: ["demo"], async run(_input, ctx) {
    await ctx.progress({ text: "reading", fraction: 0.25 });
    await ctx.workspace.readText("open.csv");
    await ctx.workspace.readText("private/pay.csv").catch(() => undefined);
    await ctx.requestScope({ read: ["private/*.csv"], reason: "to add up the pay" });
    await ctx.workspace.readText("private/pay.csv");
    await ctx.workspace.write("sum.txt", "3 in all");
    await ctx.call("echo", "echo", { text: "done" });
    const left = await fetch("http://elsewhere.test/").then((response) => response.status, () => 0);
    ctx.usage({ inputTokens: 100, outputTokens: 10, model: "small", costMicros: 7 });
    await ctx.artifact("report.md", "# 3 in all");
    return { left };
  } }) },
});`;

interface World {
  readonly taskId: string;
  readonly approvalId: string;
  readonly verified: VerifiedReceipt;
  readonly receipt: RunReceipt;
  events<K extends TaskEventKind>(kind: K): readonly Extract<TaskEventBody, { readonly kind: K }>[];
}

const folder = temporaryFolder();
let world: World;

beforeAll(async () => {
  const source = join(folder.path, "clerk");
  await mkdir(source);
  const files = {
    "package.json": JSON.stringify({
      name: "clerk",
      type: "module",
      main: "agent.ts",
      dependencies: { "@berth/sdk": "0.1.0" },
    }),
    "berth.json": JSON.stringify({ name: "clerk", workspace: { read: ["*.csv"] }, egress: ["allowed.test"] }),
    "agent.ts": CLERK,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(source, name), text);
  await using platform = await PlatformProcess.start({ home: `${folder.path}/home` });
  await deployFolder(platform, ECHO);
  await deployFolder(platform, source);
  for (const path of ["open.csv", "private/pay.csv"]) {
    await platform.fetch(`/v1/workspace/files/${path}`, { method: "PUT", body: `of ${path}\n` });
  }
  // Documented answers of the platform, here and below.
  const post = async <T>(path: string, body: unknown, token: string, prefer = ""): Promise<T> => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}`, prefer };
    return (await (await platform.fetch(path, { method: "POST", headers, body: JSON.stringify(body) })).json()) as T;
  };
  const { key } = await post<{ key: string }>("/v1/keys", { name: "caller", scopes: ["invoke"] }, platform.token);
  const { taskId } = await post<{ taskId: string }>("/agents/clerk/invoke/work", {}, key, "respond-async");
  const approvalId = await waitFor("the request", async () => {
    const listed = await platform.fetch(`/v1/approvals?state=pending&task=${taskId}`);
    return ((await listed.json()) as { approvals: readonly { id: string }[] }).approvals[0]?.id;
  });
  await post(`/v1/approvals/${approvalId}/decision`, { decision: "approve" }, platform.token);
  const bundle = await waitFor("the receipt", async () => {
    const headers = { accept: "application/vnd.berth.receipt-bundle+json" };
    const response = await platform.fetch(`/agents/clerk/runs/${taskId}/receipt`, { headers });
    return response.status === 200 ? await response.text() : undefined;
  });
  const trust = parseTrustPolicy(await (await platform.fetch("/ledger/keys")).text());
  const verified = await verifyBundle(bundle, { trust });
  // Proved to be the events that the platform signed.
  const bodies = verified.events.shown.map(({ event }) => (event as unknown as TaskEvent).body);
  world = {
    taskId,
    approvalId,
    verified,
    receipt: verified.statement.predicate,
    events: <K extends TaskEventKind>(kind: K) =>
      bodies.filter((body): body is Extract<TaskEventBody, { readonly kind: K }> => body.kind === kind),
  };
});
afterAll(() => folder[Symbol.dispose]());

const digestOf = (text: string): string => `sha256:${Buffer.from(sha256(Buffer.from(text))).toString("hex")}`;
const SHA = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);

interface Row {
  readonly trigger: string;
  readonly emits: string;
  check(world: World): void;
}

// What every run emits, and where it lands. Scores and reviews are made after the run: control/receipts/build-bundle.test.ts.
const TABLE: readonly Row[] = [
  {
    trigger: "task accepted",
    emits: "run id and grant id, who called and how, the hash of the input",
    check({ receipt, taskId, events }) {
      const [accepted] = events("accepted");
      expect(receipt.run).toMatchObject({ id: taskId, task_id: taskId, skill: "work", protocol: "rest" });
      expect(receipt.caller).toMatchObject({ kind: "api_key", authn: { scheme: "bearer" }, org: accepted?.orgId });
      expect(receipt.caller.sub).toBe(accepted?.principal.id);
      expect(receipt.io.input).toEqual(SHA);
      expect(receipt.grants?.[0]?.id).toBe(events("grant")[0]?.grantId);
      expect(receipt.agent_seq).toBe(1);
    },
  },
  {
    trigger: "file read",
    emits: "operation, path, bytes, hash and grant of each, and totals",
    check({ receipt, events }) {
      const reads = events("file").filter(({ op, outcome }) => op === "read" && outcome === "ok");
      const [first, second] = receipt.grants ?? [];
      const read = (path: string, grant?: string): object => {
        const text = `of ${path}\n`;
        return { path, bytes: text.length, digest: digestOf(text), grantId: grant };
      };
      expect(reads).toMatchObject([read("open.csv", first?.id), read("private/pay.csv", second?.id)]);
      expect(receipt.ops).toMatchObject({ reads: 2, bytes_read: "of open.csv\nof private/pay.csv\n".length });
    },
  },
  {
    trigger: "file denied",
    emits: "operation, path and reason, and the total",
    check({ receipt, events }) {
      const denied = events("file").filter(({ outcome }) => outcome === "denied");
      expect(denied).toMatchObject([{ op: "read", path: "private/pay.csv", reason: "GRANT_EXCEEDED" }]);
      expect(receipt.ops?.denied).toBe(1);
    },
  },
  {
    trigger: "file written",
    emits: "operation, path below the granted prefix, bytes and hash, and totals",
    check({ receipt, events, taskId }) {
      const text = "3 in all";
      const path = `outputs/${taskId}/sum.txt`;
      const written = events("file").filter(({ op }) => op === "write");
      expect(written).toMatchObject([{ path, outcome: "ok", bytes: text.length, digest: digestOf(text) }]);
      expect(path.startsWith(receipt.grants?.[1]?.write ?? "?")).toBe(true);
      expect(receipt.ops).toMatchObject({ writes: 1, bytes_written: text.length });
    },
  },
  {
    trigger: "skill progress",
    emits: "the message and how far it is, as an event",
    check({ events }) {
      const texts = events("status").flatMap(({ status }) => status.message?.parts.map(({ text }) => text) ?? []);
      expect(texts).toContain("reading");
      expect(JSON.stringify(events("status"))).toContain('"fraction":0.25');
    },
  },
  {
    trigger: "scope request",
    emits: "requested paths and reason, as an event",
    check({ events, approvalId }) {
      const [requested] = events("scope_request");
      expect(requested).toMatchObject({ approvalId, phase: "requested", reason: "to add up the pay" });
      expect(requested?.read).toEqual(["private/*.csv"]);
    },
  },
  {
    trigger: "scope granted",
    emits: "the new grant with the prior one, the approval and the hash of the reason",
    check({ receipt, events, approvalId }) {
      const [first, second] = receipt.grants ?? [];
      const reason = digestOf("to add up the pay");
      expect(second).toMatchObject({
        prior_id: first?.id,
        approval: approvalId,
        approved_by: expect.any(String),
        reason,
      });
      expect(second?.read).toContain("private/*.csv");
      expect(events("grant").map(({ phase }) => phase)).toContain("rotated");
      expect(events("scope_request").at(-1)).toMatchObject({ phase: "approved", by: second?.approved_by });
    },
  },
  {
    trigger: "hand-off to another agent",
    emits: "the agent, its skill and the task it made, as an event",
    check({ events }) {
      const childTaskId = expect.stringMatching(/^task_/);
      expect(events("call")).toMatchObject([{ agentName: "echo", skill: "echo", childTaskId }]);
    },
  },
  {
    trigger: "egress",
    emits: "host, port and decision, as an event",
    check({ events }) {
      expect(events("egress")).toMatchObject([{ host: "elsewhere.test", port: 80, decision: "denied" }]);
    },
  },
  {
    trigger: "model call",
    emits: "tokens, models and cost, by the agent's own account",
    check({ receipt }) {
      expect(receipt.run.usage).toEqual({ input_tokens: 100, output_tokens: 10, cost_micros: 7, models: ["small"] });
    },
  },
  {
    trigger: "task complete",
    emits: "status, elapsed time, the hash of the result, artifacts as subjects",
    check({ verified, receipt }) {
      expect(receipt.run.status).toBe("completed");
      expect(receipt.run.elapsed_ms).toBe(Date.parse(receipt.run.completed_at) - Date.parse(receipt.run.accepted_at));
      expect(receipt.io.result).toEqual(SHA);
      expect(verified.statement.subject.map(({ name }) => name)).toEqual(["report.md", "output"]);
    },
  },
  {
    trigger: "receipt sealed",
    emits: "content hash, both signers, and the leaf in the log",
    check({ verified, receipt }) {
      expect(verified.trusted).toBe(true);
      expect(verified.contentHash).toMatch(/^[0-9a-f]{64}$/);
      expect(verified.signedBy.serviceAccount).toBe(`sa:${receipt.agent.sa_key}`);
      expect(verified.signedBy.controlPlane).toMatch(/^cp:/);
      expect(verified.log.origin).toBe(receipt.log);
      expect(verified.events).toMatchObject({ total: receipt.events.n, disclosed: receipt.events.n });
    },
  },
];

test.each(TABLE)("$trigger: the receipt has $emits", ({ check }) => check(world));
