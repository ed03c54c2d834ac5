import { describe, expect, it } from "vitest";
import { sidecarEnvironment } from "./sidecar-environment.ts";

const PROGRAM = { command: ["/agent", "serve"], workdir: "/app" };
const ENV = { BERTH_LISTEN: "/run/agent/agent.sock", PORT: "8080", BERTH_BRIDGE: "{}", NODE_OPTIONS: "--inspect" };

describe("the environment of a sidecar", () => {
  it("has the program's variables within one, and not the bridge's among them", () => {
    const { BERTH_PROGRAM = "", ...others } = sidecarEnvironment(PROGRAM, ENV);
    expect(others).toEqual({ BERTH_LISTEN: "/run/agent/agent.sock", PORT: "8080", BERTH_BRIDGE: "{}" });
    expect(JSON.parse(BERTH_PROGRAM)).toEqual({
      ...PROGRAM,
      env: { BERTH_LISTEN: "/run/agent/agent.sock", PORT: "8080", NODE_OPTIONS: "--inspect" },
    });
  });

  it.each([
    ["a NUL in an argument", { ...PROGRAM, command: ["/agent", "a\0b"] }, ENV],
    ["a NUL in a value", PROGRAM, { ...ENV, A: "\0" }],
    ["no command", { ...PROGRAM, command: [] }, ENV],
    ["more than Linux takes", PROGRAM, { ...ENV, A: "x".repeat(120_000) }],
  ])("is refused with %s", (_what, program, env) => {
    expect(() => sidecarEnvironment(program, env)).toThrow(expect.objectContaining({ reason: "CONFIG_INVALID" }));
  });
});
