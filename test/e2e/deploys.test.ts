import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { SKILL_CALL_METADATA } from "@berth/protocol";
import type { Task } from "@berth/protocol";
import { PlatformProcess, deployFolder, temporaryFolder, tryDeploy, waitFor } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const EXAMPLES = fileURLToPath(new URL("../../examples", import.meta.url));
const folder = temporaryFolder();
let platform: PlatformProcess;

beforeAll(async () => {
  platform = await PlatformProcess.start({ home: `${folder.path}/home` });
});

afterAll(async () => {
  await platform.stop();
  folder[Symbol.dispose]();
});

let made = 0;

/** A folder with these files and a package.json. */
async function source(files: Readonly<Record<string, string>>): Promise<string> {
  made += 1;
  const path = join(folder.path, `source-${made}`);
  const all = {
    "package.json": JSON.stringify({
      name: "made",
      type: "module",
      main: "agent.ts",
      dependencies: { "@berth/sdk": "0.1.0" },
    }),
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    await mkdir(join(path, name, ".."), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return path;
}

const greeter = (version: string, greeting: string): string => `
import { defineAgent, skill } from "@berth/sdk";
export default defineAgent({
  name: "greeter", version: "${version}", description: "Greets.",
  skills: { greet: skill({ description: "Greets", tags: ["demo"], async run() { return { greeting: "${greeting}" }; } }) },
});`;

const publicConfig = JSON.stringify({ name: "greeter", visibility: "public" });

async function greet(): Promise<{ readonly status: number; readonly output: unknown }> {
  const response = await platform.fetch("/agents/greeter/invoke/greet", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  const body = (await response.json()) as { output?: unknown };
  return { status: response.status, output: body.output };
}

describe("a redeploy", () => {
  test("takes over without a failed call, and the same source again changes nothing", async () => {
    const one = await source({ "agent.ts": greeter("1.0.0", "one"), "berth.json": publicConfig });
    const two = await source({ "agent.ts": greeter("2.0.0", "two"), "berth.json": publicConfig });
    const first = await deployFolder(platform, one);
    expect(await greet()).toEqual({ status: 200, output: { greeting: "one" } });

    const answers: unknown[] = [];
    let calling = true;
    const caller = (async () => {
      while (calling) answers.push(await greet());
    })();
    const second = await deployFolder(platform, two);
    await waitFor("the new release to answer", async () => JSON.stringify((await greet()).output).includes("two"));
    calling = false;
    await caller;
    expect(answers.length).toBeGreaterThan(0);
    expect(answers.filter((answer) => (answer as { status: number }).status !== 200)).toEqual([]);
    const order = answers.map((answer) => (answer as { output: { greeting: string } }).output.greeting);
    expect(order).toEqual([...order].toSorted());
    expect(second.release).not.toBe(first.release);

    const again = await deployFolder(platform, two);
    expect(again.release).toBe(second.release);
    const { releases } = (await (await platform.fetch("/v1/agents/greeter/releases")).json()) as {
      releases: unknown[];
    };
    expect(releases).toHaveLength(2);
  });

  test("that fails leaves the old release serving, and names the step, the reason and the log", async () => {
    const failures = [
      { files: { "agent.ts": "export default {{{" }, step: "build", reason: "BUILD_FAILED", says: /agent\.ts:1/ },
      {
        files: { "agent.ts": `throw new Error("no luck");` },
        step: "health check",
        reason: "AGENT_START_FAILED",
        says: /no luck/,
      },
      {
        files: { "agent.ts": "setInterval(() => {}, 1000);" },
        step: "health check",
        reason: "AGENT_START_TIMEOUT",
        says: /did not answer within 1000 ms/,
        config: { name: "greeter", visibility: "public", timeouts: { startSeconds: 1 } },
      },
    ];
    for (const { files, step, reason, says, config } of failures) {
      const path = await source({
        ...files,
        "berth.json": JSON.stringify(config ?? { name: "greeter", visibility: "public" }),
      });
      const deployment = await tryDeploy(platform, path);
      expect(deployment).toMatchObject({ status: "failed", error: { step, reason } });
      expect(deployment.error?.message).toMatch(says);
      expect(await greet()).toMatchObject({ status: 200, output: { greeting: "two" } });
    }
  }, 120_000);

  test("with a misspelled setting is refused before it is sent, with the nearest known one", async () => {
    const config = { name: "greeter", resources: { memroyMb: 100 } };
    const path = await source({ "agent.ts": greeter("3.0.0", "three"), "berth.json": JSON.stringify(config) });
    await expect(tryDeploy(platform, path)).rejects.toMatchObject({
      reason: "CONFIG_INVALID",
      message: expect.stringContaining("did you mean `memoryMb`?"),
    });
  });

  test("of a hostile archive is refused before anything is written", async () => {
    const response = await platform.fetch("/v1/deployments", {
      method: "POST",
      headers: { "content-type": "application/gzip" },
      body: gzipSync(Buffer.from("not a tar at all".repeat(100))),
    });
    const { deploymentId } = (await response.json()) as { deploymentId: string };
    const deployment = await waitFor("the end", async () => {
      const found = (await (await platform.fetch(`/v1/deployments/${deploymentId}`)).json()) as { status: string };
      return ["live", "failed", "canceled"].includes(found.status) ? found : undefined;
    });
    expect(deployment).toMatchObject({ status: "failed", error: { step: "fetch", reason: "ARCHIVE_REFUSED" } });
  });
});

test("the card that an agent gave is kept to the letter, beside the one that is published and signed", async () => {
  const files = { "agent.ts": greeter("1.0.0", "hello"), "berth.json": JSON.stringify({ name: "kept" }) };
  await deployFolder(platform, await source(files), { name: "kept" });
  const upstream = await (await platform.fetch("/v1/agents/kept/card?form=upstream")).text();
  expect(JSON.parse(upstream)).toMatchObject({ name: "greeter", version: "1.0.0" });
  const digest = `sha256:${createHash("sha256").update(upstream).digest("hex")}`;
  expect(await (await platform.fetch("/v1/agents/kept")).json()).toMatchObject({ upstreamDigest: digest });
  const published = await platform.fetch("/v1/agents/kept/card");
  const signature = { protected: expect.any(String), signature: expect.any(String) };
  expect(await published.json()).toMatchObject({ name: "greeter", signatures: expect.arrayContaining([signature]) });
});

test("a deployment that hides a skill which the agent does not have fails, and says which it has", async () => {
  const config = JSON.stringify({ name: "hiding", hiddenSkills: ["gret"] });
  const failed = await tryDeploy(platform, await source({ "agent.ts": greeter("1.0.0", "x"), "berth.json": config }));
  expect(failed).toMatchObject({ status: "failed", error: { reason: "CONFIG_INVALID" } });
  expect(JSON.stringify(failed)).toContain("it has: greet");
  expect((await platform.fetch("/v1/agents/hiding")).status).toBe(404);
});

test("removing an agent stops it and frees its name", async () => {
  await deployFolder(platform, await source({ "agent.ts": greeter("1.0.0", "bye"), "berth.json": publicConfig }), {
    name: "shortlived",
  });
  expect((await platform.fetch("/v1/agents/shortlived", { method: "DELETE" })).status).toBe(204);
  expect((await platform.fetch("/v1/agents/shortlived")).status).toBe(404);
  expect((await platform.fetch("/agents/shortlived/.well-known/agent-card.json")).status).toBe(404);
  await deployFolder(platform, await source({ "agent.ts": greeter("1.0.0", "again"), "berth.json": publicConfig }), {
    name: "shortlived",
  });
  expect((await platform.fetch("/v1/agents/shortlived")).status).toBe(200);
});

test("an agent made with @a2a-js/sdk alone runs here, with nothing of ours in it", async () => {
  await deployFolder(platform, join(EXAMPLES, "plain-a2a-server"), { name: "plain" });
  const response = await platform.fetch("/agents/plain/message:send", {
    method: "POST",
    headers: { "content-type": "application/json", "a2a-version": "1.0" },
    body: JSON.stringify({ message: { messageId: "plain-1", role: "ROLE_USER", parts: [{ text: "stressed" }] } }),
  });
  expect(JSON.stringify(await response.json())).toContain("desserts");
});

test("csv-analyst reads a real file, asks its question, and writes a report once it has the answer", async () => {
  await deployFolder(platform, join(EXAMPLES, "csv-analyst"));
  const send = async (message: object): Promise<Task> => {
    const response = await platform.fetch("/agents/csv-analyst/message:send", {
      method: "POST",
      headers: { "content-type": "application/json", "a2a-version": "1.0" },
      body: JSON.stringify({ message: { role: "ROLE_USER", ...message } }),
    });
    return ((await response.json()) as { task: Task }).task;
  };
  const asked = await send({
    messageId: "csv-1",
    parts: [{ data: { path: "sales.csv" } }],
    metadata: { [SKILL_CALL_METADATA]: { skill: "summarize" } },
  });
  expect(asked.status.state).toBe("TASK_STATE_INPUT_REQUIRED");
  expect(asked.status.message?.parts[0]?.text).toMatch(/Which column is the amount: .*amount/);
  const done = await send({ messageId: "csv-2", taskId: asked.id, parts: [{ text: "amount" }] });
  expect(done.status.state).toBe("TASK_STATE_COMPLETED");
  expect(done.artifacts?.map(({ name }) => name)).toEqual(["report.md", "output"]);
  expect(done.artifacts?.[0]?.parts[0]?.text).toContain("amount");
  const csv = await readFile(join(EXAMPLES, "csv-analyst/workspace/sales.csv"), "utf8");
  // Counted another way than the agent does: a record may span lines, but each ends in its amount.
  const amounts = [...csv.matchAll(/,(-?\d+\.\d\d)\r?$/gm)].map(([, amount]) => Number(amount));
  const total = Number(amounts.reduce((sum, amount) => sum + amount, 0).toFixed(2));
  expect(done.artifacts?.[1]?.parts[0]?.data).toMatchObject({ rows: amounts.length, total, report: "report.md" });
});

test("one agent cannot be deployed, removed or read by who may not", async () => {
  const created = await platform.fetch("/v1/keys", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "caller", scopes: ["invoke"] }),
  });
  const { key } = (await created.json()) as { key: string };
  const as = async (path: string, init: RequestInit = {}): Promise<number> =>
    (
      await platform.fetch(path, {
        ...init,
        headers: { authorization: `Bearer ${key}`, "content-type": "application/gzip" },
      })
    ).status;
  expect(await as("/v1/deployments", { method: "POST", body: gzipSync("x") })).toBe(403);
  expect(await as("/v1/agents/greeter", { method: "DELETE" })).toBe(403);
  expect(await as("/v1/audit")).toBe(403);
  expect(await as("/v1/agents/greeter")).toBe(200);
});
