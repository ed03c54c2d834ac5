import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseBundle } from "@berth/ledger";
import { createPlatformClient } from "@berth/sdk/client";
import { PlatformProcess, deployFolder, temporaryFolder, tryDeploy, waitFor } from "@berth/testing";
import { expect, test } from "vitest";

const agentThatSays = (greeting: string): string => `
import { defineAgent, skill } from "@berth/sdk";
export default defineAgent({
  name: "greeter", version: "1.0.0", description: "Greets.",
  skills: {
    greet: skill({ description: "Greets", tags: ["demo"], async run({ name }) { return { greeting: "${greeting} " + name }; } }),
    brief: skill({ description: "Scores", tags: ["demo"], async run({ output }) { return { score: output.greeting.length < 12 ? 1 : 0.5 }; } }),
  },
});`;

const SUITE = {
  name: "basics",
  skill: "greet",
  threshold: "1",
  cases: [
    {
      id: "polite",
      input: { name: "Ada" },
      scorers: [
        { type: "contains", at: "/greeting", text: "Hello" },
        { type: "code", skill: "brief" },
      ],
    },
  ],
  sampled: [
    { type: "regex", at: "/greeting", pattern: "^Hello " },
    { type: "code", skill: "brief" },
  ],
};

async function source(folder: string, greeting: string, evals: object): Promise<string> {
  const path = join(folder, greeting);
  await mkdir(join(path, "evals"), { recursive: true });
  const manifest = { name: "greeter", type: "module", main: "agent.ts", dependencies: { "@berth/sdk": "0.1.0" } };
  await writeFile(join(path, "package.json"), JSON.stringify(manifest));
  await writeFile(join(path, "agent.ts"), agentThatSays(greeting));
  await writeFile(join(path, "evals", "basics.json"), JSON.stringify(SUITE));
  await writeFile(join(path, "berth.json"), JSON.stringify({ name: "greeter", evals }));
  return path;
}

async function greet(platform: PlatformProcess, name: string): Promise<unknown> {
  const response = await platform.fetch("/agents/greeter/invoke/greet", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name }),
  });
  return ((await response.json()) as { output?: { greeting?: unknown } }).output?.greeting;
}

test("a deploy that fails its gate leaves the old release answering, and real tasks of the one that passed are scored", async () => {
  using folder = temporaryFolder();
  await using platform = await PlatformProcess.start({ home: `${folder.path}/home` });
  const client = createPlatformClient({ url: platform.url, token: platform.token });
  const evals = { gate: "all", threshold: 0.9, sample: { rate: 1, suite: "basics" } };

  const rude = await source(folder.path, "Bye", evals);
  const never = await tryDeploy(platform, rude);
  expect(never).toMatchObject({ status: "failed", error: { reason: "EVAL_FAILED", step: "evaluating" } });
  expect((await platform.fetch("/v1/agents/greeter")).status).toBe(404);

  const polite = await source(folder.path, "Hello", evals);
  const live = await deployFolder(platform, polite);
  expect(live).toMatchObject({ evals: [{ suite: "basics", score: "1.000", threshold: "0.900", passed: true }] });
  expect(live.log).toContain("evals basics: polite 1.000 passed");
  expect(await greet(platform, "Ada")).toBe("Hello Ada");

  const refused = await tryDeploy(platform, rude);
  expect(refused).toMatchObject({ status: "failed", error: { reason: "EVAL_FAILED", step: "evaluating" } });
  expect(refused.error?.message).toMatch(/basics scored 0\.500, 0\.900 is needed .*polite 0\.500 failed: contains/);
  expect(await greet(platform, "Bob")).toBe("Hello Bob");
  expect(await client.agents.get("greeter")).toMatchObject({ release: live.release });
  expect((await client.evals.runs("greeter")).runs[0]).toMatchObject({ status: "failed", score: "0.500" });

  await greet(platform, "Wolfeschlegelstein");
  const samples = await waitFor("three tasks to be scored", async () => {
    const found = (await client.evals.samples("greeter")).samples;
    return found.length === 3 ? found : undefined;
  });
  expect(samples.filter(({ score }) => score === "1.000")).toHaveLength(2);
  expect(samples.filter(({ score }) => score === "0.750")).toHaveLength(1);
  expect(await client.agents.get("greeter")).toMatchObject({ sampled: { suite: "basics", score: "0.916", scored: 3 } });
  const { receiptId = "" } = samples.find(({ passed }) => !passed) ?? {};
  const addenda = await waitFor("the addendum's leaf", async () => {
    const { addenda: found = [] } = parseBundle(
      await (await platform.fetch(`/v1/receipts/${receiptId}/bundle`)).text(),
    );
    return found.length === 0 ? undefined : found;
  });
  expect(addenda).toHaveLength(1);

  const skipped = await deployFolder(platform, rude, { skipEvals: true });
  expect(skipped.log).toContain("evals: the gate was skipped.");
  expect(await greet(platform, "Ada")).toBe("Bye Ada");
  const audit = await client.audit.list({ limit: 50 });
  expect(audit.map(({ action }) => action)).toContain("eval.skip");
});
