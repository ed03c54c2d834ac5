import { describe, expect, it } from "vitest";
import { DEFAULT_AGENT_CONFIG } from "./agent-config.ts";
import { isPlatformError } from "./errors.ts";
import { parseAgentConfig } from "./parse-agent-config.ts";

function violationsOf(value: unknown): readonly string[] {
  try {
    parseAgentConfig(value);
  } catch (error) {
    if (isPlatformError(error) && error.reason === "CONFIG_INVALID") {
      return error.violations.map(({ field, description }) => `${field}: ${description}`);
    }
    throw error;
  }
  throw new Error("the value parsed");
}

describe("parseAgentConfig", () => {
  it("fills every default", () => {
    expect(parseAgentConfig({})).toEqual(DEFAULT_AGENT_CONFIG);
    expect(parseAgentConfig({ $schema: "./berth.schema.json", resources: { memoryMb: 1024 } })).toEqual({
      ...DEFAULT_AGENT_CONFIG,
      resources: { ...DEFAULT_AGENT_CONFIG.resources, memoryMb: 1024 },
    });
  });

  it("keeps everything that is given", () => {
    const config = {
      name: "csv-analyst",
      entry: "src/agent.ts",
      visibility: "public",
      protocolVersions: ["1.0"],
      hiddenSkills: ["reindex"],
      tags: ["csv", "Data analysis"],
      resources: { memoryMb: 64, cpu: 0.1, processes: 8, tmpMb: 1 },
      scale: { min: 1, max: 100, concurrency: 1000, idleSeconds: 86_400 },
      timeouts: { startSeconds: 300, taskSeconds: 1 },
      egress: ["api.example.com", "*.example.com:8443", "10.0.0.1:5432"],
      env: { LOG_LEVEL: "debug", _X1: "" },
    };
    expect(parseAgentConfig(config)).toEqual(config);
  });

  it("normalises the entry and the hosts", () => {
    const config = parseAgentConfig({ entry: "./agent.ts", egress: ["API.Example.com:443"] });
    expect(config).toMatchObject({ entry: "agent.ts", egress: ["api.example.com:443"] });
  });

  it("names the nearest known key for an unknown one", () => {
    expect(violationsOf({ resources: { memroyMb: 64 } })).toEqual([
      "resources.memroyMb: unknown key `memroyMb`; did you mean `memoryMb`?",
    ]);
    expect(violationsOf({ memoryMb: 64 })).toEqual([
      "memoryMb: unknown key `memoryMb`; did you mean `resources.memoryMb`?",
    ]);
    expect(violationsOf({ Egress: [] })).toEqual(["Egress: unknown key `Egress`; did you mean `egress`?"]);
    expect(violationsOf({ timeouts: { wat: 1 } })).toEqual([
      "timeouts.wat: unknown key `wat`; known keys: startSeconds, taskSeconds",
    ]);
  });

  it("reports all problems together, and says so", () => {
    const value = { visibility: "secret", resources: { cpu: 0 }, scale: { min: 3, max: 2 }, env: { PORT: "1" } };
    expect(violationsOf(value)).toEqual([
      "visibility: must be one of public, private",
      "resources.cpu: must be a number from 0.1 to 64",
      "scale.max: must be at least min, which is 3",
      'env["PORT"]: is set by the platform',
    ]);
    expect(() => parseAgentConfig(value)).toThrow(
      "berth.json: visibility: must be one of public, private (and 3 more)",
    );
  });

  it("takes a min above the default max for both", () => {
    expect(parseAgentConfig({ scale: { min: 7 } }).scale).toMatchObject({ min: 7, max: 7 });
  });

  it.each([
    [{ memoryMb: 63 }, "memoryMb: must be a whole number from 64 to 65536"],
    [{ memoryMb: 65_537 }, "memoryMb: must be a whole number"],
    [{ memoryMb: "512" }, "memoryMb: must be a whole number"],
    [{ memoryMb: null }, "memoryMb: must be a whole number"],
    [{ cpu: 65 }, "cpu: must be a number from 0.1 to 64"],
    [{ processes: 7 }, "processes: must be a whole number from 8 to 4096"],
    [{ tmpMb: 0.5 }, "tmpMb: must be a whole number from 1 to 4096"],
  ])("refuses the resources %j", (resources, violation) => {
    expect(() => parseAgentConfig({ resources })).toThrow(violation);
  });

  it.each([
    [{ min: -1 }],
    [{ max: 0 }],
    [{ max: 101 }],
    [{ concurrency: 0 }],
    [{ concurrency: 1001 }],
    [{ idleSeconds: 0 }],
    [{ idleSeconds: 86_401 }],
    [[]],
  ])("refuses the scale %j", (scale) => {
    expect(() => parseAgentConfig({ scale })).toThrow("berth.json: scale");
  });

  it.each([["../agent.ts"], ["/etc/passwd"], ["src/../../x.ts"], ["a//b.ts"], ["a\\b.ts"], [""], ["x\0.ts"], [7]])(
    "refuses the entry %j",
    (entry) => {
      expect(() => parseAgentConfig({ entry })).toThrow("berth.json: entry");
    },
  );

  it.each([
    ["*"],
    ["*.com"],
    ["a.*.com"],
    ["*example.com"],
    ["https://example.com"],
    ["example.com/path"],
    ["example.com:0"],
    ["example.com:65536"],
    ["example.com:"],
    ["exa mple.com"],
    ["-a.com"],
    ["a..b"],
    ["[::1]:80"],
    [`${"a".repeat(64)}.com`],
    [443],
  ])("refuses the egress pattern %j", (pattern) => {
    expect(() => parseAgentConfig({ egress: [pattern] })).toThrow("berth.json: egress[0]: must be host or host:port");
  });

  it.each([
    ["BERTH_TOKEN"],
    ["LD_PRELOAD"],
    ["LD_LIBRARY_PATH"],
    ["NODE_OPTIONS"],
    ["PATH"],
    ["HOME"],
    ["HTTPS_PROXY"],
    ["lower"],
    ["1ST"],
    ["A-B"],
    ["A=B"],
    ["__proto__"],
    [""],
  ])("refuses to set %j", (name) => {
    const env: unknown = JSON.parse(`{${JSON.stringify(name)}:"x"}`);
    expect(() => parseAgentConfig({ env })).toThrow("berth.json: env[");
  });

  it.each([[null], ["{}"], [[]], [undefined]])("refuses %j for a configuration", (value) => {
    expect(() => parseAgentConfig(value)).toThrow("must be a JSON object");
  });

  it("does not let a prototype key through", () => {
    const config: unknown = JSON.parse('{"__proto__":{"visibility":"public"},"resources":{"__proto__":{"cpu":64}}}');
    expect(violationsOf(config)).toEqual([
      expect.stringContaining("unknown key `__proto__`"),
      expect.stringContaining("resources.__proto__: unknown key `__proto__`"),
    ]);
  });
});
