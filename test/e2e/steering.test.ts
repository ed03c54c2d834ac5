import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RUN_USAGE_EXTENSION, STEERING_EXTENSION, TURN_POLICY_METADATA } from "@berth/protocol";
import type { Task } from "@berth/protocol";
import { createPlatformClient, textMessage } from "@berth/sdk/client";
import { PlatformProcess, deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { expect, test } from "vitest";

const DRIVER = `
import { defineAgent, skill } from "@berth/sdk";
export default defineAgent({
  name: "driver", version: "1.0.0", description: "Drives until it is told to stop.", steering: true,
  skills: { drive: skill({ description: "Drives", tags: ["demo"], async run(_input, ctx) {
    const turns = [];
    await ctx.progress("driving");
    for await (const message of ctx.steering) {
      ctx.usage({ inputTokens: 100, outputTokens: 10, model: "small", costMicros: 7 });
      turns.push(message.parts[0].text);
      if (turns.at(-1) === "stop") break;
    }
    return { turns };
  } }) },
});`;

test("a deployed agent is steered while it runs, and what it reports to have used is in the task and its receipt", async () => {
  using folder = temporaryFolder();
  const source = join(folder.path, "driver");
  await mkdir(source);
  const manifest = { name: "driver", type: "module", main: "agent.ts", dependencies: { "@berth/sdk": "0.1.0" } };
  await writeFile(join(source, "package.json"), JSON.stringify(manifest));
  await writeFile(join(source, "agent.ts"), DRIVER);
  await using platform = await PlatformProcess.start({ home: `${folder.path}/home` });
  await deployFolder(platform, source);
  const client = createPlatformClient({ url: platform.url, token: platform.token });
  const driver = client.agent("driver");
  const uris = (await driver.card()).capabilities.extensions?.map(({ uri }) => uri);
  expect(uris).toContain(STEERING_EXTENSION);

  const configuration = { returnImmediately: true };
  const first = await driver.send({ message: textMessage("go"), configuration });
  const id = "task" in first ? first.task.id : "";
  const steer = async (text: string): Promise<void> => {
    const metadata = { [TURN_POLICY_METADATA]: { policy: "steer" } };
    await driver.send({ message: { ...textMessage(text), taskId: id, metadata }, configuration });
  };
  // The first may come before the agent has started.
  for (const text of ["left", "right", "stop"]) await steer(text);
  const task = async (): Promise<Task> => {
    const headers = { "a2a-version": "1.0", "a2a-extensions": RUN_USAGE_EXTENSION };
    const response = await platform.fetch(`/agents/driver/tasks/${id}`, { headers });
    return (await response.json()) as Task;
  };
  await waitFor("the end", async () => (await task()).status.state === "TASK_STATE_COMPLETED", 60_000);
  const ended = await task();
  expect(ended.artifacts?.[0]?.parts[0]?.data).toEqual({ turns: ["left", "right", "stop"] });
  const used = { inputTokens: 300, outputTokens: 30, costMicros: 21, models: ["small"] };
  expect(ended.metadata?.[RUN_USAGE_EXTENSION]).toMatchObject({ turns: 4, ...used });
  const receipt = await waitFor("the receipt", async () =>
    client.receipts.forTask("driver", id).catch(() => undefined),
  );
  expect(receipt.statement).toMatchObject({
    predicate: {
      run: {
        status: "completed",
        usage: { input_tokens: 300, output_tokens: 30, cost_micros: 21, models: ["small"] },
      },
    },
  });
  expect(await client.ledger.check()).toMatchObject({ receipts: 1, differences: [] });
});
