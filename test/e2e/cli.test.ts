import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// The command as people and scripts use it: the names, JSON shapes and exit codes that others rely on.

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const A2A = join(ROOT, "apps/cli/bin/a2a.mjs");
const folder = temporaryFolder();

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** The one JSON document on stdout. */
  json(): Record<string, unknown>;
}

let ready: { readonly url: string; readonly token: string; readonly home: string; readonly pid: number };
let platform: ReturnType<typeof spawn>;

function a2a(...args: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [A2A, ...args], {
    cwd: folder.path,
    encoding: "utf8",
    timeout: 60_000,
    env: { ...process.env, BERTH_URL: ready.url, BERTH_TOKEN: ready.token, NO_COLOR: "1" },
  });
  return { code: status, out: stdout, err: stderr, json: () => JSON.parse(stdout) };
}

beforeAll(async () => {
  platform = spawn(process.execPath, [A2A, "up", "--json"], {
    cwd: folder.path,
    env: { ...process.env, BERTH_HOME: join(folder.path, "home"), BERTH_PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  platform.stdout?.setEncoding("utf8").on("data", (text: string) => void (out += text));
  await waitFor("a2a up", () => out.includes("\n") || platform.exitCode !== null, 60_000);
  expect(out.trim().split("\n")).toHaveLength(1);
  ready = JSON.parse(out);
});

afterAll(async () => {
  platform.kill("SIGTERM");
  if (platform.exitCode === null) await once(platform, "exit");
  expect(platform.exitCode).toBe(0);
  folder[Symbol.dispose]();
});

describe("from nothing to a verified receipt", () => {
  test("a2a up --json says where it is, as whom, and keeps running", () => {
    expect(ready).toEqual({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      token: expect.stringMatching(/^berth_sk_/),
      home: join(folder.path, "home"),
      pid: expect.any(Number),
    });
  });

  test("init, deploy, call, receipt, verify, check", async () => {
    expect(a2a("init", "greeter").code).toBe(0);
    const deployed = a2a("deploy", "greeter", "--json");
    expect(deployed.code, deployed.err).toBe(0);
    expect(deployed.json()).toEqual({
      agent: "greeter",
      release: expect.stringMatching(/^rel_/),
      url: `${ready.url}/agents/greeter/`,
      status: "live",
      seconds: expect.any(Number),
    });

    const called = a2a("call", "greeter", "greet", "--input", '{"name":"Ada"}', "--json");
    expect(called.code, called.err).toBe(0);
    expect(called.json()).toEqual({
      taskId: expect.stringMatching(/^task_/),
      state: "TASK_STATE_COMPLETED",
      output: expect.anything(),
      artifacts: expect.any(Array),
      receiptId: expect.stringMatching(/^rcpt_/),
    });
    expect(JSON.stringify(called.json()["output"])).toContain("Ada");

    const shown = a2a("receipts", "show", String(called.json()["receiptId"]), "--bundle");
    expect(shown.code, shown.err).toBe(0);
    const bundle = join(folder.path, "receipt.json");
    await writeFile(bundle, shown.out);
    const trust = join(folder.path, "keys.json");
    await writeFile(trust, await (await fetch(`${ready.url}/ledger/keys`)).text());
    expect(a2a("receipts", "verify", bundle, "--trust", trust).code).toBe(0);
    const tampered = (await readFile(bundle, "utf8")).replace('"sig":"', '"sig":"A');
    await writeFile(bundle, tampered);
    const refused = a2a("receipts", "verify", bundle, "--json");
    expect(refused.code).toBe(1);
    expect(JSON.stringify(refused.json())).toMatch(/signature|format|envelope/);

    const checked = a2a("ledger", "check", "--json");
    expect(checked.code).toBe(0);
    expect(checked.json()).toMatchObject({ tasks: 1, receipts: 1, differences: [] });
  });
});

describe("exit codes", () => {
  test("2 for wrong usage, with the nearest command", () => {
    const wrong = a2a("deplyo");
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain("deploy");
    expect(a2a("call").code).toBe(2);
    expect(a2a("agents", "list", "--nope").code).toBe(2);
  });

  test("3 for who may not, 4 for what is not there, 1 for what failed", () => {
    const asNobody = spawnSync(process.execPath, [A2A, "keys", "list", "--json", "--token", "berth_sk_wrong"], {
      encoding: "utf8",
      env: { ...process.env, BERTH_URL: ready.url },
    });
    expect(asNobody.status).toBe(3);
    expect(JSON.parse(asNobody.stdout)).toMatchObject({ error: { reason: "UNAUTHENTICATED" } });
    expect(a2a("agents", "show", "nobody", "--json")).toMatchObject({ code: 4 });
    expect(a2a("tasks", "show", "task_none", "--json")).toMatchObject({ code: 4 });
    const failed = a2a("deploy", folder.path, "--json");
    expect(failed.code).toBe(1);
    expect(failed.json()).toHaveProperty("error");
  });

  test("5 for what took too long", async () => {
    expect(a2a("deploy", join(ROOT, "examples/echo"), "--json").code).toBe(0);
    const late = a2a("call", "echo", "slow", "--input", '{"ms":20000,"steps":2}', "--timeout", "1", "--json");
    expect(late.code, late.err).toBe(5);
  });
});

test("every command has help with an example", () => {
  const { out } = a2a("help");
  for (const command of [
    "up",
    "init",
    "deploy",
    "agents",
    "call",
    "chat",
    "tasks",
    "logs",
    "keys",
    "receipts",
    "doctor",
  ]) {
    expect(out).toContain(command);
    const help = a2a("help", command);
    expect(help.code).toBe(0);
    expect(help.out, command).toMatch(/example/i);
  }
});

test("an agent's question can be answered by a script", () => {
  const csv = "a,b\n1,2\n";
  expect(a2a("deploy", join(ROOT, "examples/csv-analyst")).code).toBe(0);
  const waiting = a2a("call", "csv-analyst", "summarize", "--input", JSON.stringify({ csv }), "--json");
  expect(waiting.code).toBe(1);
  expect(waiting.json()).toMatchObject({ state: "TASK_STATE_INPUT_REQUIRED", taskId: expect.any(String) });
  const answered = a2a(
    "call",
    "csv-analyst",
    "summarize",
    "--input",
    JSON.stringify({ csv }),
    "--answer",
    "b",
    "--json",
  );
  expect(answered.code, answered.err).toBe(0);
  expect(answered.json()).toMatchObject({ output: { rows: 1, total: 2 } });
});
