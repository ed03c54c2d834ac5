import { DEFAULT_AGENT_CONFIG } from "@berth/protocol";
import { allTo } from "@berth/store";
import type { AgentWithRelease } from "@berth/store";
import { expect, it } from "vitest";
import { toTargetRelease } from "./target-release.ts";

const AT = "2026-11-30T00:00:00.000Z";
const IMAGE = `registry.example/echo@sha256:${"a".repeat(64)}`;

function agentOf(change: Partial<AgentWithRelease["release"]>): AgentWithRelease {
  const ids = { orgId: "org_1", agentId: "agt_1", createdAt: AT };
  const agent = {
    ...ids,
    name: "echo",
    kind: "deployed",
    activeReleaseId: "rel_1",
    version: 1,
    traffic: allTo("rel_1"),
    updatedAt: AT,
  } as const;
  const card = {
    name: "echo",
    description: "",
    supportedInterfaces: [],
    version: "1",
    capabilities: {},
    defaultInputModes: [],
    defaultOutputModes: [],
    skills: [],
  };
  const release = {
    ...ids,
    releaseId: "rel_1",
    digest: IMAGE,
    config: DEFAULT_AGENT_CONFIG,
    card,
    skillSchemas: [],
    entry: "agent.mjs",
    trusted: false,
  };
  return { agent, release: { ...release, ...change } };
}

it("what it may reach is told by host and port, whatever the rule says besides", () => {
  const egress = ["api.example.org", "db.example.org:5432", { host: "plain.example.org", methods: ["GET"] }];
  const { egress: told } = toTargetRelease(agentOf({ config: { ...DEFAULT_AGENT_CONFIG, egress } }), IMAGE);
  expect(told).toEqual(["api.example.org:443", "db.example.org:5432", "plain.example.org:80"]);
});

it("WebAssembly is refused: no container runs it", () => {
  expect(() => toTargetRelease(agentOf({ entry: "agent.wasm" }), IMAGE)).toThrow(/echo is WebAssembly/);
  const program = { command: ["/app/agent"], env: {}, workdir: "/app", rootfs: IMAGE, mountsApp: true };
  expect(toTargetRelease(agentOf({ entry: "agent.wasm", program }), IMAGE).image).toBe(IMAGE);
});
