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

  it("takes a price in decimal text, and names what is none", () => {
    const price = { perCall: "0.01", perSecond: "0.000000001", maxPerCall: "2", platformShare: "1.0" };
    expect(parseAgentConfig({ price }).price).toEqual({ currency: "USD", ...price });
    expect(parseAgentConfig({ price: {} }).price).toEqual({ currency: "USD" });
    const wrong = { currency: "EUR", perCall: 0.01, perSecond: "1e3", maxPerCall: "0.0000001", platformShare: "1.1" };
    expect(violationsOf({ price: wrong }).map((line) => line.split(":")[0])).toEqual(
      Object.keys(wrong).map((key) => `price.${key}`),
    );
    for (const perCall of ["-1", "+1", "1.", ".5", "1000000", "0.0000000001", " 1", "1,5", "NaN", ""]) {
      expect(violationsOf({ price: { perCall } }), perCall).toHaveLength(1);
    }
    expect(violationsOf({ price: { perCal: "1" } })).toEqual([
      "price.perCal: unknown key `perCal`; did you mean `perCall`?",
    ]);
  });

  it("fills what `retry` leaves out, and refuses what cannot be", () => {
    expect(parseAgentConfig({}).retry).toBeUndefined();
    expect(parseAgentConfig({ retry: { attempts: 5 } }).retry).toEqual({
      attempts: 5,
      backoffSeconds: 1,
      on: ["crash", "start", "timeout"],
    });
    const wrong = { attempts: 0, backoffSeconds: 301, on: ["refusal"] };
    expect(violationsOf({ retry: wrong }).map((line) => line.split(":")[0])).toEqual([
      "retry.attempts",
      "retry.backoffSeconds",
      "retry.on[0]",
    ]);
  });

  it("takes what suites decide, and names what does not fit", () => {
    const evals = { gate: "all", threshold: 0.9, sample: { rate: 0.05, suite: "live" } };
    expect(parseAgentConfig({ evals }).evals).toEqual(evals);
    expect(parseAgentConfig({ evals: {} }).evals).toEqual({});
    const wrong = { gate: "A b", threshold: "1", sample: { rate: 2, suite: 3 } };
    expect(violationsOf({ evals: wrong }).map((line) => line.split(":")[0])).toEqual([
      "evals.gate",
      "evals.threshold",
      "evals.sample.rate",
      "evals.sample.suite",
    ]);
    expect(violationsOf({ evals: { sample: { rate: 1, suite: "a", suit: 1 } } })).toEqual([
      'evals.sample: has "suit"; it has rate and suite',
    ]);
    expect(violationsOf({ evals: { gat: "all" } })[0]).toContain("did you mean `gate`?");
  });

  it("takes globs of files that runs may read, and names each that is none", () => {
    expect(parseAgentConfig({ workspace: { read: ["data/**/*.csv", "a.md"] } }).workspace).toEqual({
      read: ["data/**/*.csv", "a.md"],
      write: true,
    });
    expect(parseAgentConfig({ workspace: {} }).workspace).toEqual({ read: [], write: true });
    expect(violationsOf({ workspace: { read: ["ok", "../x", "/abs"], write: "no", wirte: true } })).toEqual([
      expect.stringMatching(/^workspace\.read\[1\]: .*\.\. segments$/),
      expect.stringMatching(/^workspace\.read\[2\]: .*empty/),
      "workspace.write: must be true or false",
      "workspace.wirte: unknown key `wirte`; did you mean `write`?",
    ]);
    expect(violationsOf({ workspace: { read: "data/*" } })).toEqual(["workspace.read: must be a list of texts"]);
    expect(violationsOf({ workspace: { read: Array.from({ length: 65 }, () => "a") } })).toEqual([
      "workspace.read: must be at most 64 patterns",
    ]);
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
      "timeouts.wat: unknown key `wat`; known keys: startSeconds, taskSeconds, hangSeconds",
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
    [{ concurrency: 4, target: 5 }],
    [{ queueSeconds: 0 }],
    [{ queueLimit: 10_001 }],
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

describe("upstreams", () => {
  const parse = (upstreams: unknown): unknown => parseAgentConfig({ upstreams }).upstreams;
  const violationsOf = (config: unknown): readonly string[] => {
    try {
      parseAgentConfig(config);
      return [];
    } catch (error) {
      if (!isPlatformError(error)) throw error;
      return error.violations.map(({ field, description }) => `${field}: ${description}`);
    }
  };

  it("are read as they stand, without a slash at the end of the base", () => {
    const headers = { Authorization: "Bearer {secret:API_KEY}", "X-Two": "{secret:A}:{secret:B_2}" };
    const allow = [{ methods: ["GET", "*"], path: "/v1/**" }];
    expect(parse({ model: { url: "https://api.test:8443/base/", headers, allow } })).toEqual({
      model: { url: "https://api.test:8443/base", headers, allow },
    });
    expect(parse({ plain: { url: "https://api.test" } })).toEqual({ plain: { url: "https://api.test", headers: {} } });
  });

  it.each([
    ["no TLS", { m: { url: "http://api.test" } }, "url"],
    ["a user", { m: { url: "https://u:p@api.test" } }, "url"],
    ["a query", { m: { url: "https://api.test/?key=1" } }, "url"],
    ["the platform itself", { m: { url: "https://m.berth.internal" } }, "url"],
    ["a base that means another one", { m: { url: "https://api.test/a%2f..%2fb" } }, "url"],
    ["a name with a dot", { "a.b": { url: "https://api.test" } }, `upstreams["a.b"]`],
    ["an unknown key", { m: { url: "https://api.test", header: {} } }, "did you mean `headers`?"],
    ["a header of the connection", { m: { url: "https://api.test", headers: { Host: "x" } } }, "set by the platform"],
    ["a header for proxies", { m: { url: "https://api.test", headers: { "Proxy-Foo": "x" } } }, "set by the platform"],
    ["two headers of one name", { m: { url: "https://api.test", headers: { "X-A": "1", "x-a": "2" } } }, "given twice"],
    ["a line break", { m: { url: "https://api.test", headers: { A: "x\r\nB: y" } } }, "printable ASCII"],
    [
      "a secret in small letters",
      { m: { url: "https://api.test", headers: { A: "{secret:key}" } } },
      "{secret:API_KEY}",
    ],
    ["half a reference", { m: { url: "https://api.test", headers: { A: "{secret:KEY" } } }, "not {secret:NAME}"],
    ["no path", { m: { url: "https://api.test", allow: [{ methods: ["GET"] }] } }, "allow[0].path"],
    ["a small method", { m: { url: "https://api.test", allow: [{ methods: ["get"], path: "/" }] } }, "methods[0]"],
    [
      "a path with ..",
      { m: { url: "https://api.test", allow: [{ methods: ["*"], path: "/a/../b" }] } },
      "allow[0].path",
    ],
  ])("with %s are refused", (_what, upstreams, said) => {
    expect(violationsOf({ upstreams }).join("\n")).toContain(said);
  });

  it("leave egress rules for requests beside them", () => {
    const rule = { host: "Api.test:8080", methods: ["GET"], paths: ["/a/*"] };
    expect(parseAgentConfig({ egress: ["a.test", rule, { host: "b.test" }] }).egress).toEqual([
      "a.test",
      { ...rule, host: "api.test:8080" },
      { host: "b.test" },
    ]);
    expect(
      violationsOf({ egress: [{ host: "a.test", path: "/x" }, { methods: ["GET"] }, "*.berth.internal"] }),
    ).toEqual([
      expect.stringContaining("did you mean `paths`?"),
      expect.stringMatching(/^egress\[1\]\.host: /),
      expect.stringContaining("declare an upstream"),
    ]);
  });
});
