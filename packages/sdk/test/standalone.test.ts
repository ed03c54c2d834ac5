import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { createAgentClient, skillMessage, textMessage } from "@berth/sdk/client";

const echo = fileURLToPath(new URL("../../../examples/echo/src/agent.ts", import.meta.url));

/** Resolves with the first line of output: the agent says where it listens. */
async function start(env: { readonly [name: string]: string }): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, [echo], {
    env: { PATH: "/usr/bin", ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, line };
}

function postOver(socketPath: string, body: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const call = request({ socketPath, method: "POST", path: "/message:send", headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(text));
    });
    call.on("error", reject);
    call.end(JSON.stringify(body));
  });
}

test("an agent answers on the unix socket that BERTH_LISTEN names", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-sdk-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const socketPath = join(folder, "agent.sock");
  await start({ BERTH_LISTEN: socketPath });
  expect(await postOver(socketPath, { message: textMessage("hello") })).toContain("TASK_STATE_COMPLETED");
});

test("SIGTERM lets a running turn finish, then ends with 0", async () => {
  const { child, line } = await start({ PORT: "0" });
  const { url } = JSON.parse(line) as { url: string };
  const client = createAgentClient({ url });
  const exited = once(child, "exit");
  let last = "";
  for await (const frame of client.stream({ message: skillMessage("slow", { ms: 600, steps: 3 }) })) {
    if ("task" in frame) child.kill("SIGTERM");
    if ("statusUpdate" in frame) last = frame.statusUpdate.status.state;
  }
  expect(last).toBe("TASK_STATE_COMPLETED");
  expect(await exited).toEqual([0, null]);
});

test("SIGTERM does not wait for a task that waits for its caller", async () => {
  const { child, line } = await start({ PORT: "0" });
  const { url } = JSON.parse(line) as { url: string };
  await createAgentClient({ url }).send({ message: skillMessage("ask", {}) });
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("an agent in a container answers on every address, says that it is up, and names the address it was called at", async () => {
  const { line } = await start({ PORT: "0", HOST: "0.0.0.0" });
  const { port } = new URL((JSON.parse(line) as { url: string }).url);
  const health = await fetch(`http://127.0.0.1:${port}/health`);
  expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);
  const client = createAgentClient({ url: `http://localhost:${port}/` });
  expect((await client.card()).supportedInterfaces.map(({ url }) => url)).toEqual([
    `http://localhost:${port}/`,
    `http://localhost:${port}/`,
  ]);
});
