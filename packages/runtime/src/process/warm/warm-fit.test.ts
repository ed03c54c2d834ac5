import { describe, expect, it } from "vitest";
import type { ReleaseSpec } from "../../sandbox-driver.ts";
import { whyNotWarm } from "./warm-fit.ts";

const LIMITS = { memoryMb: 512, cpu: 1, processes: 128, tmpMb: 64, startTimeoutMs: 30_000 };
const SPEC: ReleaseSpec = {
  orgId: "org_1",
  agentId: "agt_1",
  agentName: "a",
  releaseId: "rel_1",
  folder: "/releases/1",
  entry: "agent.mjs",
  trusted: false,
  env: { NODE_ENV: "production", COLOUR: "green" },
  limits: LIMITS,
  scale: { min: 0, max: 1, concurrency: 1, idleSeconds: 60 },
  egress: [],
};
const CGROUPS = new Set(["memory", "pids", "cpu"] as const);

function why(
  change: Partial<ReleaseSpec>,
  controllers: ReadonlySet<"memory" | "pids" | "cpu"> = CGROUPS,
): string | undefined {
  return whyNotWarm({ ...SPEC, ...change }, LIMITS, controllers);
}

describe("a release gets a jail that runs already", () => {
  it("when it is a bundle with the usual limits", () => {
    expect(why({})).toBeUndefined();
    expect(why({ limits: { ...LIMITS, startTimeoutMs: 1 } })).toBeUndefined();
  });

  it("with another share of the processor or other processes where a cgroup can still be told", () => {
    expect(why({ limits: { ...LIMITS, cpu: 2, processes: 8 } })).toBeUndefined();
    expect(why({ limits: { ...LIMITS, cpu: 2 } }, new Set())).toContain("cpu");
    expect(why({ limits: { ...LIMITS, processes: 8 } }, new Set())).toContain("processes");
  });

  it("not when something of it is decided as a jail or Node begins", () => {
    expect(why({ entry: "agent.cjs" })).toContain("entry");
    expect(why({ limits: { ...LIMITS, memoryMb: 256 } })).toContain("memoryMb");
    expect(why({ limits: { ...LIMITS, tmpMb: 1 } })).toContain("tmpMb");
    for (const name of ["NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "LD_PRELOAD", "UV_THREADPOOL_SIZE", "TZ", "LANG"]) {
      expect(why({ env: { [name]: "x" } }), name).toContain(name);
    }
  });

  it("with variables whose names only begin like those", () => {
    expect(why({ env: { LANGCHAIN_API_KEY: "x", TZ_OFFSET: "1", NODE_ENV: "test" } })).toBeUndefined();
  });

  it("not when a variable would be refused", () => {
    expect(why({ env: { A: "x\0y" } })).toContain("NUL");
  });
});
