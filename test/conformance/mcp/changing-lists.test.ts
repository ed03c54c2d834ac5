import { once } from "node:events";
import type { Server } from "node:http";
import { PlatformProcess, temporaryFolder } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveAgent } from "./agent/src/a2a-server.ts";
import type { Run, Skill } from "./agent/src/a2a-server.ts";
import { cardOf, said } from "./agent/src/card.ts";
import { SKILLS } from "./agent/src/skills.ts";
import { runScenario } from "./run-suite.ts";

// The suite wants lists that a call changes. An agent that is deployed does not deploy itself; one that runs elsewhere
// can say that it has another card by now, and its owner's import makes that a release.

const NAME = "mcp-changing";
const TRIGGERS = ["test_trigger_tool_change", "test_trigger_prompt_change"] as const;

const folder = temporaryFolder();
const more = { skills: [] as string[], prompts: [] as string[] };
let platform: PlatformProcess;
let agent: Server;
let agentUrl = "";

beforeAll(async () => {
  const [tools, prompts] = TRIGGERS;
  const skills = new Map<string, Skill>([
    ...SKILLS,
    [tools, async (run) => await change(run, more.skills)],
    [prompts, async (run) => await change(run, more.prompts)],
  ]);
  agent = serveAgent({ card: currentCard, skills, listen: 0 });
  await once(agent, "listening");
  const address = agent.address();
  if (address === null || typeof address === "string") throw new Error("the agent has no port");
  agentUrl = `http://127.0.0.1:${address.port}/`;
  const env = { BERTH_OUTBOUND_ALLOW: "127.0.0.1:*" };
  platform = await PlatformProcess.start({ home: `${folder.path}/home`, env });
  await adopt();
});

afterAll(async () => {
  await platform.stop();
  agent.close();
  folder[Symbol.dispose]();
});

test("whoever listens hears of tools and prompts that a call has changed", async () => {
  const url = `${platform.url.replace("127.0.0.1", "localhost")}/agents/${NAME}/mcp`;
  const { code, output, checks } = await runScenario(url, {
    scenario: "server-stateless",
    revision: "2026-07-28",
    folder: `${folder.path}/results`,
  });
  expect(code, output).toBe(0);
  for (const list of ["tools", "prompts"]) {
    expect(checks.get(`sep-2575-server-sends-${list}-list-changed-on-subscription`), output).toBe("SUCCESS");
  }
  expect([...checks].filter(([, status]) => status === "FAILURE" || status === "WARNING")).toEqual([]);
});

function currentCard(): ReturnType<typeof cardOf> {
  const prompts = more.prompts.map((name) => ({ name, description: "New.", messages: [said("I am new.")] }));
  return {
    ...cardOf([...SKILLS.keys(), ...TRIGGERS, ...more.skills], { prompts }),
    name: NAME,
    supportedInterfaces: [{ url: agentUrl, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  };
}

async function change({ complete }: Run, list: string[]): Promise<void> {
  list.push(`new_${list.length}`);
  await adopt();
  complete({ text: "changed" });
}

async function adopt(): Promise<void> {
  const body = JSON.stringify({ url: agentUrl, name: NAME, visibility: "public" });
  const headers = { "content-type": "application/json" };
  const response = await platform.fetch("/v1/agents/import", { method: "POST", headers, body });
  if (!response.ok) throw new Error(`the import failed: ${await response.text()}`);
}
