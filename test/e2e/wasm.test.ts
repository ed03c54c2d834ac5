import { randomUUID } from "node:crypto";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { packFolder } from "@berth/deploy/pack";
import { wasmTemplate } from "../../apps/cli/src/templates/agent-template.ts";
import { rustTemplate } from "../../apps/cli/src/templates/rust-template.ts";
import type { Task } from "@berth/protocol";
import { PlatformProcess, deployFolder, temporaryFolder, tryDeploy, waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

const EXAMPLE = fileURLToPath(new URL("../../examples/wasm-text", import.meta.url));
const folder = temporaryFolder();
let platform: PlatformProcess;

beforeAll(async () => {
  platform = await PlatformProcess.start({ home: `${folder.path}/home` });
});

afterAll(async () => {
  await platform.stop();
  folder[Symbol.dispose]();
});

async function invoke(skill: string, input: object, agent = "wasm-text"): Promise<unknown> {
  const response = await platform.fetch(`/agents/${agent}/invoke/${skill}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(input),
  });
  return ((await response.json()) as { output?: unknown }).output;
}

test("a module is built from Rust, sleeps, wakes, and reads the files of its run", async () => {
  const source = join(folder.path, "text");
  await cp(EXAMPLE, source, { recursive: true });
  const path = join(source, "berth.json");
  const config: unknown = JSON.parse(await readFile(path, "utf8"));
  await writeFile(path, JSON.stringify({ ...Object(config), scale: { idleSeconds: 1 } }));
  await deployFolder(platform, source);

  const card = (await (await platform.fetch("/agents/wasm-text/.well-known/agent-card.json")).json()) as {
    skills: { id: string }[];
  };
  expect(card.skills.map(({ id }) => id)).toEqual(["analyze", "redact"]);
  expect(await invoke("redact", { text: "Ask ada@example.com" })).toEqual({ text: "Ask ███████████████" });
  await waitFor("the agent to fall asleep", async () => {
    const agent = (await (await platform.fetch("/v1/agents/wasm-text")).json()) as { state: string };
    return agent.state === "sleeping";
  });
  expect(await invoke("analyze", { path: "texts/tides.txt" })).toMatchObject({ words: 26, sentences: 3 });
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => invoke("analyze", { text: "word ".repeat(index + 1) })),
  );
  expect(answers.map((output) => (output as { words: number }).words)).toEqual(answers.map((_, index) => index + 1));
});

test("what a2a init writes for Rust is built, answers, and asks for what is missing", async () => {
  const source = join(folder.path, "greeter-rs");
  for (const { path, text } of rustTemplate("greeter-rs")) {
    await mkdir(dirname(join(source, path)), { recursive: true });
    await writeFile(join(source, path), text);
  }
  const { agent } = await deployFolder(platform, source);
  expect(agent).toBe("greeter-rs");
  const name = 'Ada "Countess" ünder \\ 🙂';
  expect(await invoke("greet", { name }, "greeter-rs")).toEqual({ greeting: `Hello, ${name}!` });
  const send = async (message: object): Promise<{ task: Task }> => {
    const response = await platform.fetch("/agents/greeter-rs/message:send", {
      method: "POST",
      headers: { "content-type": "application/json", "a2a-version": "1.0" },
      body: JSON.stringify({ message: { messageId: randomUUID(), role: "ROLE_USER", ...message } }),
    });
    // As A2A 1.0 has it.
    return (await response.json()) as { task: Task };
  };
  const { task } = await send({ parts: [{ text: "hello" }] });
  expect([task.status.state, task.status.message?.parts[0]?.text]).toEqual([
    "TASK_STATE_INPUT_REQUIRED",
    "What is your name?",
  ]);
  const { task: done } = await send({ taskId: task.id, contextId: task.contextId, parts: [{ text: "Grace" }] });
  expect(done.artifacts?.[0]?.parts[0]?.data).toEqual({ greeting: "Hello, Grace!" });
});

test("what a2a init writes in TypeScript for WebAssembly is built, answers, asks, and fails with its own words", async () => {
  const source = join(folder.path, "greeter-ts");
  for (const { path, text } of wasmTemplate("greeter-ts")) {
    await mkdir(dirname(join(source, path)), { recursive: true });
    const more = `    fail: skill({ description: "Fails", tags: [], run: () => { throw new Error("on purpose"); } }),
    files: skill({ description: "Writes and reads", tags: [], async run(_input, ctx) {
      const path = await ctx.workspace.write("note.txt", "gr\\u00fc\\u00dfe \\u{1f642}");
      await ctx.sleep({ seconds: 0.01 });
      return { path, text: await ctx.workspace.readText(path), bytes: (await ctx.workspace.readBytes(path)).length };
    } }),
    spin: skill({ description: "Never ends", tags: [], run: () => { for (;;); } }),
  },
});`;
    await writeFile(join(source, path), path === "src/agent.ts" ? text.replace(/ {2}\},\n\}\);\n$/, more) : text);
  }
  await deployFolder(platform, source);
  expect(await invoke("greet", { name: "Ada" }, "greeter-ts")).toEqual({ greeting: "Hello, Ada!" });
  expect(await invoke("files", {}, "greeter-ts")).toMatchObject({ text: "grüße 🙂", bytes: 12 });
  const failed = await platform.fetch("/agents/greeter-ts/invoke/fail", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  expect(await failed.json()).toMatchObject({
    state: "TASK_STATE_FAILED",
    message: { parts: [{ text: "on purpose" }] },
  });
  const question = (await (
    await platform.fetch("/agents/greeter-ts/message:send", {
      method: "POST",
      headers: { "content-type": "application/json", "a2a-version": "1.0" },
      body: JSON.stringify({
        message: {
          messageId: randomUUID(),
          role: "ROLE_USER",
          parts: [{ data: {} }],
          metadata: { "https://berth.dev/extensions/skill-call/v1": { skill: "greet", input: {} } },
        },
      }),
    })
  ).json()) as { task: Task };
  expect(question.task.status.message?.parts[0]?.text).toBe("What is your name?");
  // A run that does not give way holds up nobody.
  const spinning = platform.fetch("/agents/greeter-ts/invoke/spin", {
    method: "POST",
    headers: { "content-type": "application/json", prefer: "respond-async" },
    body: "{}",
  });
  const { taskId } = (await (await spinning).json()) as { taskId: string };
  expect(await invoke("greet", { name: "Grace" }, "greeter-ts")).toEqual({ greeting: "Hello, Grace!" });
  const canceled = await platform.fetch(`/v1/tasks/${taskId}/cancel`, { method: "POST" });
  expect(await canceled.json()).toMatchObject({ task: { status: { state: "TASK_STATE_CANCELED" } } });
});

test("a module alone is an agent, with the card beside it or its own", async () => {
  const alone = join(folder.path, "alone");
  await mkdir(alone);
  await cp(join(EXAMPLE, "agent.wasm"), join(alone, "text.wasm"));
  const { files } = await packFolder(join(alone, "text.wasm"));
  expect(files).toBe(1);
  const card = {
    name: "renamed",
    version: "2.0.0",
    description: "The same.",
    skills: [{ id: "redact", description: "Redacts.", tags: [] }],
  };
  await writeFile(join(alone, "agent-card.json"), JSON.stringify(card));
  const { agent } = await deployFolder(platform, join(alone, "text.wasm"));
  expect(agent).toBe("renamed");
  expect(await invoke("redact", { text: "+49 30 1234567" }, "renamed")).toEqual({ text: "+49 30 ███████" });
});

test("what cannot be run as it is asked for is refused before it is live", async () => {
  const refused = join(folder.path, "refused");
  const bytes = await readFile(join(EXAMPLE, "agent.wasm"));
  const attempt = async (files: { readonly [name: string]: string | Uint8Array }): Promise<unknown> => {
    await mkdir(refused, { recursive: true });
    for (const [name, content] of Object.entries(files)) await writeFile(join(refused, name), content);
    return (await tryDeploy(platform, refused)).error;
  };
  // The import's name, in place.
  const renamed = Buffer.from(bytes);
  renamed.write("host_hack", renamed.indexOf("host_call"));
  expect(await attempt({ "agent.wasm": renamed })).toMatchObject({
    reason: "AGENT_START_FAILED",
    message: expect.stringContaining("agent.host_hack"),
  });
  const contradiction = { "agent.wasm": bytes, "berth.json": JSON.stringify({ isolation: "process" }) };
  expect(await attempt(contradiction)).toMatchObject({ reason: "CONFIG_INVALID" });
  expect(await attempt({ "agent.wasm": "#!/bin/sh", "berth.json": "{}" })).toMatchObject({ reason: "BUILD_FAILED" });
});
