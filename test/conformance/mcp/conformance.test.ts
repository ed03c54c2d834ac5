import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PlatformProcess, deployFolder, readFrames, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inspect, runSuite } from "./run-suite.ts";
import { sdkV1, sdkV2 } from "./sdk-clients.ts";

// An agent that is deployed like any other, judged by the protocol's own suite, inspector and SDKs.

const AGENT = fileURLToPath(new URL("./agent", import.meta.url));
const folder = temporaryFolder();
let platform: PlatformProcess;
let deployLog = "";
/** The suite tells a server on this machine by its name. */
let url = "";

beforeAll(async () => {
  platform = await PlatformProcess.start({ home: `${folder.path}/home` });
  ({ log: deployLog } = await deployFolder(platform, AGENT, { name: "mcp-conformance" }));
  url = `${platform.url.replace("127.0.0.1", "localhost")}/agents/mcp-conformance/mcp`;
  // Awake, so that nothing that is asked at once takes the time of a start.
  await sdkV1.use(url, async (client) => await client.call("greet", { name: "first" }));
});

afterAll(async () => {
  await platform.stop();
  folder[Symbol.dispose]();
});

describe("the conformance suite", () => {
  test("2025-11-25: passes everything but what is expected to fail", async () => {
    const { code, output, passed, failed } = await runSuite(url, "2025-11-25", `${folder.path}/2025`);
    expect(code, output).toBe(0);
    expect([passed, failed]).toEqual([78, 0]);
  });

  test("2026-07-28: passes everything but what is expected to fail, and all of the tasks extension", async () => {
    const { code, output, passed, failed } = await runSuite(url, "2026-07-28", `${folder.path}/2026`);
    expect(code, output).toBe(0);
    expect([passed, failed]).toEqual([194, 0]);
    expect(output.match(/tasks-[a-z-]+: \d+ passed, 0 failed/g)).toHaveLength(10);
  });
});

describe.each(["modern", "legacy"])("the inspector in its %s era", (era) => {
  test("finds no fault in the tools, and calls one", async () => {
    const list = await inspect(url, era, ["--method", "tools/list", "--strict"]);
    expect(list.code, list.output).toBe(0);
    const call = await inspect(url, era, ["--method", "tools/call", "--tool-name", "greet", "--tool-arg", "name=x"]);
    expect(call.code, call.output).toBe(0);
    expect(call.output).toContain("Hello, x!");
  });

  test("finds no fault in the tools of all agents", async () => {
    const all = new URL("/mcp", url).href;
    const list = await inspect(all, era, ["--method", "tools/list", "--strict"]);
    expect(list.code, list.output).toBe(0);
    expect(list.output).toContain("mcp_conformance__greet");
  });
});

describe.each([
  ["@modelcontextprotocol/sdk 1.32, 2025-11-25", sdkV1],
  ["@modelcontextprotocol/client 2.4, 2026-07-28", sdkV2],
])("%s", (_name, sdk) => {
  test("lists and calls, and hears how it goes on", async () => {
    await sdk.use(url, async (client) => {
      expect(await client.tools()).toContain("greet");
      expect(await client.call("greet", { name: "x" })).toBe("Hello, x!");
      const heard: number[] = [];
      await client.call("test_tool_with_progress", {}, { onprogress: ({ progress }) => heard.push(progress) });
      expect(heard).toEqual([0, 0.5, 1]);
    });
  });

  test("asks its user what the agent asks", async () => {
    await sdk.use(url, async (client) => {
      expect(await client.call("test_input_required_result_elicitation", {})).toContain('{"user_name":{"name":"Ada"}}');
    });
  });

  test("hears what the agent logs, as much of it as it wants", async () => {
    await sdk.use(url, async (client) => {
      const info = ["Tool execution started", "Tool processing data", "Tool execution completed"];
      expect(await client.log("test_tool_with_logging", "info")).toEqual(info);
      expect(await client.log("test_tool_with_logging", "debug")).toHaveLength(6);
    });
  });

  test("hears a result grow", async () => {
    await sdk.use(url, async (client) => {
      const heard: (string | undefined)[] = [];
      await client.call("write_draft", {}, { onprogress: ({ message }) => heard.push(message) });
      expect(heard).toEqual(["once ", "upon ", "a time"]);
    });
  });

  test("hears that a resource is another one since a release", async () => {
    await sdk.use(url, async (client) => {
      const heard: string[] = [];
      await client.watch("test://watched-resource", (uri) => heard.push(uri));
      await deployChanged();
      await waitFor("the news", () => heard.length > 0);
      expect(heard).toEqual(["test://watched-resource"]);
    });
  });

  test("cancels a call, and the task is canceled", async () => {
    const before = await canceled();
    await sdk.use(url, async (client) => {
      const controller = new AbortController();
      const call = client.call("slow_compute", { seconds: 60 }, { signal: controller.signal });
      await waitFor("the task", async () => (await count("TASK_STATE_WORKING")) > 0);
      controller.abort();
      await expect(call).rejects.toThrow();
      await waitFor("the cancel", async () => (await canceled()) > before);
    });
  });
});

test("a deployment warns of schemas that clients stumble over", () => {
  expect(deployLog).toContain('warning: skill "json_schema_2020_12_tool": its input schema has allOf, if at the root');
});

test("whoever listens hears of a new release", async () => {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "subscriptions/listen",
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: "listener",
      method: "subscriptions/listen",
      params: {
        notifications: { toolsListChanged: true },
        _meta: {
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientCapabilities": {},
        },
      },
    }),
  });
  const frames = readFrames(response);
  const _meta = { "io.modelcontextprotocol/subscriptionId": "listener" };
  expect((await frames.next()).value?.data).toMatchObject({
    method: "notifications/subscriptions/acknowledged",
    params: { _meta, notifications: { toolsListChanged: true } },
  });
  await deployChanged();
  expect((await frames.next()).value?.data).toMatchObject({
    method: "notifications/tools/list_changed",
    params: { _meta },
  });
  await frames.return(undefined);
});

let releases = 0;
/** Another release of the agent, which says so in its card and in what it publishes. */
async function deployChanged(): Promise<void> {
  const copy = join(folder.path, `release-${++releases}`);
  await cp(AGENT, copy, { recursive: true });
  const card = join(copy, "src/card.ts");
  await writeFile(card, (await readFile(card, "utf8")).replaceAll("1.0.0", `1.0.${releases}`));
  await deployFolder(platform, copy, { name: "mcp-conformance" });
}

async function canceled(): Promise<number> {
  return await count("TASK_STATE_CANCELED");
}

async function count(state: string): Promise<number> {
  const response = await platform.fetch(`/v1/tasks?agent=mcp-conformance&status=${state}`);
  const { totalSize } = (await response.json()) as { totalSize: number }; // the platform's own API
  return totalSize;
}
