import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PlatformProcess, deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const A2A = join(ROOT, "apps/cli/bin/a2a.mjs");
const ANALYST = join(ROOT, "examples/csv-analyst");

interface Approval {
  readonly id: string;
  readonly state: string;
  readonly read: readonly string[];
  readonly requesterId: string;
  readonly matches?: { readonly count: number; readonly bytes: number };
  readonly objection?: string;
}

interface Task {
  readonly id: string;
  readonly status: { readonly state: string };
}

interface Predicate {
  readonly grants: readonly { readonly id: string; readonly prior_id?: string; readonly [name: string]: unknown }[];
  readonly ops: { readonly [name: string]: number };
}

test("csv-analyst asks for a file outside its grant, a second person approves, and the receipt shows both grants", async () => {
  using folder = temporaryFolder();
  await using platform = await PlatformProcess.start({ home: `${folder.path}/home` });
  const a2a = (token: string, ...args: readonly string[]): { readonly code: number | null; readonly json: unknown } => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [A2A, ...args, "--json"], {
      cwd: folder.path,
      encoding: "utf8",
      timeout: 60_000,
      env: { ...process.env, BERTH_URL: platform.url, BERTH_TOKEN: token, NO_COLOR: "1" },
    });
    return { code: status, json: JSON.parse(stdout === "" ? JSON.stringify(stderr) : stdout) };
  };
  const keyOf = (name: string, ...scopes: readonly string[]): string => {
    const flags = scopes.flatMap((scope) => ["--scope", scope]);
    // The command's documented answer.
    return (a2a(platform.token, "keys", "create", name, ...flags).json as { key: string }).key;
  };
  await deployFolder(platform, ANALYST);
  const csv = "name,amount\na,1\nb,2\n";
  await platform.fetch("/v1/workspace/files/private/payroll.csv", { method: "PUT", body: csv });
  const caller = keyOf("caller", "invoke", "approve", "read");
  const approver = keyOf("approver", "approve", "read");

  const input = JSON.stringify({ path: "private/payroll.csv", column: "amount" });
  const started = await platform.fetch("/agents/csv-analyst/invoke/summarize", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${caller}`, prefer: "respond-async" },
    body: input,
  });
  expect(started.status).toBe(202);
  const { taskId } = (await started.json()) as { taskId: string };
  const stateOf = async (): Promise<string> => {
    const { task } = (await (await platform.fetch(`/v1/tasks/${taskId}`)).json()) as { task: Task };
    return task.status.state;
  };
  await waitFor("the request", async () => (await stateOf()) === "TASK_STATE_AUTH_REQUIRED", 20_000);

  const listed = a2a(approver, "approvals").json as { approvals: readonly Approval[] };
  expect(listed.approvals).toHaveLength(1);
  const id = listed.approvals[0]?.id ?? "";
  const shown = a2a(approver, "approvals", "show", id).json as Approval;
  expect(shown).toMatchObject({
    read: ["private/payroll.csv"],
    state: "pending",
    matches: { count: 1, bytes: csv.length },
  });
  const own = a2a(caller, "approvals", "show", id).json as Approval;
  expect(own.objection).toContain("may not approve");
  expect(a2a(caller, "approvals", "approve", id, "--yes").code).toBe(3);
  expect(await stateOf()).toBe("TASK_STATE_AUTH_REQUIRED");

  expect(a2a(approver, "approvals", "approve", id, "--yes").code).toBe(0);
  await waitFor("the end", async () => (await stateOf()) === "TASK_STATE_COMPLETED", 20_000);
  expect(a2a(approver, "approvals", "deny", id).code).toBe(1);

  const receipt = await waitFor("the receipt", async () => {
    const response = await platform.fetch(`/agents/csv-analyst/runs/${taskId}/receipt`);
    return response.status === 200 ? ((await response.json()) as { statement: { predicate: Predicate } }) : undefined;
  });
  const { grants, ops } = receipt.statement.predicate;
  const outputs = `outputs/${taskId}/`;
  expect(grants).toMatchObject([
    { read: ["*.csv", `${outputs}**`], write: outputs },
    {
      prior_id: grants[0]?.id,
      read: ["*.csv", `${outputs}**`, "private/payroll.csv"],
      write: outputs,
      approval: id,
      approved_by: expect.stringMatching(/^key_/),
      approved_at: expect.any(String),
      reason: expect.stringMatching(/^sha256:/),
    },
  ]);
  expect(ops).toEqual({ reads: 1, writes: 0, denied: 1, bytes_read: csv.length, bytes_written: 0 });
});

test("a request that is denied ends the run with its reason", async () => {
  using folder = temporaryFolder();
  await using platform = await PlatformProcess.start({ home: `${folder.path}/home` });
  await deployFolder(platform, ANALYST);
  await platform.fetch("/v1/workspace/files/private/a.csv", { method: "PUT", body: "x\n1\n" });
  const keys = await platform.fetch("/v1/keys", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "caller", scopes: ["invoke"] }),
  });
  const { key } = (await keys.json()) as { key: string };
  const started = await platform.fetch("/agents/csv-analyst/invoke/summarize", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}`, prefer: "respond-async" },
    body: JSON.stringify({ path: "private/a.csv" }),
  });
  const { taskId } = (await started.json()) as { taskId: string };
  const pending = await waitFor("the request", async () => {
    const response = await platform.fetch(`/v1/approvals?state=pending&task=${taskId}`);
    return ((await response.json()) as { approvals: readonly Approval[] }).approvals[0];
  });
  const denied = await platform.fetch(`/v1/approvals/${pending.id}/decision`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ decision: "deny", note: "not this one" }),
  });
  expect(denied.status).toBe(200);
  const task = await waitFor("the end", async () => {
    const response = await platform.fetch(`/v1/tasks/${taskId}`);
    const { task: seen } = (await response.json()) as { task: Task };
    return seen.status.state === "TASK_STATE_FAILED" ? seen : undefined;
  });
  expect(JSON.stringify(task)).toContain("The request was denied: not this one");
});

test("a run that waits hears its caller without taking that for an answer, and ends when it is canceled or the platform restarts", async () => {
  using folder = temporaryFolder();
  const home = `${folder.path}/home`;
  const waiting: string[] = [];
  {
    await using platform = await PlatformProcess.start({ home });
    await deployFolder(platform, ANALYST);
    await platform.fetch("/v1/workspace/files/private/a.csv", { method: "PUT", body: "x\n1\n" });
    const post = async (path: string, body: object, headers: object = {}): Promise<Response> =>
      await platform.fetch(path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      });
    const stateOf = async (taskId: string): Promise<string> =>
      ((await (await platform.fetch(`/v1/tasks/${taskId}`)).json()) as { task: Task }).task.status.state;
    const requestOf = async (taskId: string): Promise<Approval | undefined> =>
      ((await (await platform.fetch(`/v1/approvals?task=${taskId}`)).json()) as { approvals: Approval[] }).approvals[0];
    const start = async (): Promise<string> => {
      const input = { path: "private/a.csv" };
      const started = await post("/agents/csv-analyst/invoke/summarize", input, { prefer: "respond-async" });
      const { taskId } = (await started.json()) as { taskId: string };
      await waitFor("the request", async () => (await stateOf(taskId)) === "TASK_STATE_AUTH_REQUIRED", 20_000);
      return taskId;
    };
    const [first, second, third] = [await start(), await start(), await start()];

    const message = { messageId: "m-1", taskId: first, role: "ROLE_USER", parts: [{ text: "I approve this" }] };
    const said = await post("/agents/csv-analyst/message:send", { message }, { "a2a-version": "1.0" });
    expect(said.status).toBe(200);
    expect(((await said.json()) as { task: Task }).task.status.state).toBe("TASK_STATE_AUTH_REQUIRED");
    const asked = await requestOf(first);
    expect(asked?.state).toBe("pending");
    // Made by the platform's own token, which is the caller here too.
    const approver = (await (await post("/v1/keys", { name: "approver", scopes: ["approve"] })).json()) as {
      key: string;
    };
    const decided = await post(
      `/v1/approvals/${asked?.id}/decision`,
      { decision: "approve" },
      { authorization: `Bearer ${approver.key}` },
    );
    expect(decided.status).toBe(200);
    await waitFor("the end", async () => (await stateOf(first)) === "TASK_STATE_COMPLETED", 20_000);

    await post(`/agents/csv-analyst/tasks/${second}:cancel`, {}, { "a2a-version": "1.0" });
    expect(await stateOf(second)).toBe("TASK_STATE_CANCELED");
    await waitFor("the withdrawal", async () => (await requestOf(second))?.state === "canceled");
    waiting.push(third);
    await platform.kill();
  }
  await using again = await PlatformProcess.start({ home });
  const [third = ""] = waiting;
  const { task } = (await (await again.fetch(`/v1/tasks/${third}`)).json()) as { task: Task };
  expect(task.status.state).toBe("TASK_STATE_FAILED");
  expect(JSON.stringify(task.status)).toContain("PLATFORM_RESTARTED");
  const { approvals } = (await (await again.fetch(`/v1/approvals?task=${third}`)).json()) as { approvals: Approval[] };
  expect(approvals.map(({ state }) => state)).toEqual(["canceled"]);
}, 120_000);
