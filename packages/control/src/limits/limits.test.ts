import { DEFAULT_ORG_ID, PlatformError } from "@berth/protocol";
import type { AgentLimitsConfig, Principal } from "@berth/protocol";
import { allTo } from "@berth/store";
import type { AgentWithRelease, LimitRule, Store } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { scriptedCard, scriptedConfig } from "@berth/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { createLimits } from "./create-limits.ts";
import type { RunningLimits } from "./create-limits.ts";
import { defaultRates } from "./default-rates.ts";
import { toDecimal, toMicros } from "./decimal.ts";

const ADMIN: Principal = { kind: "user", id: "usr_1", orgId: DEFAULT_ORG_ID, scopes: ["admin"] };
const CALLER: Principal = { kind: "api_key", id: "key_1", orgId: DEFAULT_ORG_ID, scopes: ["invoke"] };
const STRANGER: Principal = { kind: "anonymous", id: "anonymous", orgId: DEFAULT_ORG_ID, scopes: [] };

let store: Store;
let at: number;
let ended: [string, PlatformError][];
let limits: RunningLimits;

beforeEach(() => {
  store = createInMemoryStore();
  at = Date.parse("2026-11-29T12:00:00Z");
  ended = [];
  limits = open();
});

function open(rates = defaultRates()): RunningLimits {
  return createLimits({
    store,
    now: () => new Date(at),
    defaults: rates,
    onExceeded: (taskId, error) => ended.push([taskId, error]),
  });
}

function agentOf(name: string, config: AgentLimitsConfig = {}): AgentWithRelease {
  const base = { orgId: DEFAULT_ORG_ID, agentId: `agt_${name}` };
  const createdAt = "2026-11-01T00:00:00.000Z";
  return {
    agent: {
      ...base,
      name,
      kind: "deployed",
      activeReleaseId: "rel_1",
      version: 1,
      traffic: allTo("rel_1"),
      createdAt,
      updatedAt: createdAt,
    },
    release: {
      ...base,
      releaseId: "rel_1",
      digest: "sha256:0",
      config: { ...scriptedConfig(), limits: config },
      card: scriptedCard(),
      skillSchemas: [],
      entry: "agent.mjs",
      trusted: false,
      createdAt,
    },
  };
}

async function enter(agent: AgentWithRelease, principal = CALLER, ip = "192.0.2.1"): Promise<() => void> {
  return (await limits.calls.enter({ principal, agent, ip })).release;
}

async function run(agent: AgentWithRelease, taskId: string, principal = CALLER): Promise<void> {
  (await limits.calls.enter({ principal, agent })).started(taskId);
}

const rules = async (...list: readonly LimitRule[]): Promise<void> => void (await limits.replace(ADMIN, list));
const reasonOf = async (promise: Promise<unknown>): Promise<string> => {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof PlatformError ? error.reason : "nothing";
};

describe("rates", () => {
  it("bound the calls of one principal, and tell when to come back", async () => {
    await rules({ subject: "principal", callsPerMinute: 2 });
    const agent = agentOf("a");
    await enter(agent);
    await enter(agent);
    await expect(enter(agent)).rejects.toMatchObject({
      reason: "RATE_LIMITED",
      retryable: true,
      metadata: { retryAfterSeconds: "30", quota: "2", remaining: "0", windowSeconds: "60", resetSeconds: "60" },
    });
    await enter(agent, { ...CALLER, id: "key_2" });
    at += 30_000;
    await enter(agent);
  });

  it("know strangers by their network: an IPv4 address, an IPv6 /64", async () => {
    const agent = agentOf("a", { callsPerMinute: 1 });
    await enter(agent, STRANGER, "192.0.2.1");
    expect(await reasonOf(enter(agent, STRANGER, "::ffff:192.0.2.1"))).toBe("RATE_LIMITED");
    await enter(agent, STRANGER, "192.0.2.2");
    await enter(agent, STRANGER, "2001:db8:0:1::5");
    expect(await reasonOf(enter(agent, STRANGER, "2001:db8:0:1:ffff::9"))).toBe("RATE_LIMITED");
    await enter(agent, STRANGER, "2001:db8:0:2::5");
  });

  it("bound an agent and an organization over all principals", async () => {
    await rules({ subject: "agent", id: "a", callsPerMinute: 1 }, { subject: "organization", callsPerMinute: 2 });
    await enter(agentOf("a"));
    expect(await reasonOf(enter(agentOf("a"), { ...CALLER, id: "key_2" }))).toBe("RATE_LIMITED");
    await enter(agentOf("b"));
    expect(await reasonOf(enter(agentOf("c")))).toBe("RATE_LIMITED");
  });

  it("of one principal go before those of every principal", async () => {
    await rules({ subject: "principal", callsPerMinute: 1 }, { subject: "principal", id: "key_2", callsPerMinute: 3 });
    await enter(agentOf("a"));
    expect(await reasonOf(enter(agentOf("a")))).toBe("RATE_LIMITED");
    for (let i = 0; i < 3; i++) await enter(agentOf("a"), { ...CALLER, id: "key_2" });
  });

  it("count requests at the edge by kind, and are off when they are off", async () => {
    limits = open({ call: 9, read: 2, write: 1, signIn: 1, failure: 2 });
    const visit = async (kind: "read" | "write" | "sign_in", principal = CALLER): Promise<string> =>
      await reasonOf(limits.admit({ principal, remoteAddress: "192.0.2.1" }, kind));
    expect([await visit("read"), await visit("read"), await visit("read")]).toEqual([
      "nothing",
      "nothing",
      "RATE_LIMITED",
    ]);
    expect([await visit("write"), await visit("write")]).toEqual(["nothing", "RATE_LIMITED"]);
    expect([await visit("sign_in", STRANGER), await visit("sign_in", STRANGER)]).toEqual(["nothing", "RATE_LIMITED"]);
    expect(await visit("read", STRANGER)).toBe("nothing");
    limits.failed("192.0.2.1");
    limits.failed("192.0.2.1");
    expect(() => limits.assertMayTry("192.0.2.1")).toThrow(PlatformError);
    limits.assertMayTry("192.0.2.2");
    const off = createLimits({ store, now: () => new Date(at), defaults: undefined, onExceeded: () => undefined });
    for (let i = 0; i < 5; i++) await off.admit({ principal: CALLER, remoteAddress: "" }, "write");
  });
});

describe("calls at once", () => {
  it("are bounded until one ends, whoever ends it twice", async () => {
    const agent = agentOf("a", { concurrentCalls: 2 });
    const first = await enter(agent);
    await enter(agent);
    expect(await reasonOf(enter(agent))).toBe("RATE_LIMITED");
    await enter(agent, { ...CALLER, id: "key_2" });
    first();
    first();
    await enter(agent);
    expect(await reasonOf(enter(agent))).toBe("RATE_LIMITED");
  });

  it("that a rate refuses hold no place", async () => {
    const agent = agentOf("a", { concurrentCalls: 1, callsPerMinute: 1 });
    const release = await enter(agent);
    release();
    expect(await reasonOf(enter(agent))).toBe("RATE_LIMITED");
    at += 60_000;
    await enter(agent);
  });
});

describe("a month's budget", () => {
  it("of calls refuses the call that no longer fits, with the numbers, until the month ends", async () => {
    await rules({ subject: "principal", maxCalls: 2 });
    await run(agentOf("a"), "task_1");
    await run(agentOf("a"), "task_2");
    await expect(run(agentOf("a"), "task_3")).rejects.toMatchObject({
      reason: "BUDGET_EXCEEDED",
      retryable: false,
      message: "The principal's monthly budget of calls is used up: 2 of 2.",
      metadata: { subject: "principal", unit: "calls", spent: "2", most: "2", retryAfterSeconds: "129600" },
    });
    await run(agentOf("a"), "task_4", { ...CALLER, id: "key_2" });
    at = Date.parse("2026-12-01T00:00:00Z");
    await run(agentOf("a"), "task_5");
  });

  it("of cost ends the run that goes beyond it, and refuses the next call", async () => {
    await rules({ subject: "organization", maxCostMicros: 1_000_000 });
    await run(agentOf("a"), "task_1");
    expect(await limits.meter.charge({ taskId: "task_1" }, { costMicros: 900_000 })).toBeUndefined();
    await limits.meter.charge({ taskId: "task_1" }, { costMicros: 200_000 });
    expect(ended).toEqual([
      [
        "task_1",
        expect.objectContaining({ message: "The organization's monthly budget of cost is used up: 1.1 of 1." }),
      ],
    ]);
    expect(await reasonOf(run(agentOf("b"), "task_2"))).toBe("BUDGET_EXCEEDED");
  });

  it("survives the process, written in batches, and is one for all nodes", async () => {
    await rules({ subject: "agent", maxTokens: 100 });
    await run(agentOf("a"), "task_1");
    await limits.meter.charge({ taskId: "task_1" }, { tokens: 60 });
    await limits.close();
    limits = open();
    await run(agentOf("a"), "task_2");
    await limits.meter.charge({ taskId: "task_2" }, { tokens: 41 });
    expect(ended.map(([taskId]) => taskId)).toEqual(["task_2"]);
    expect(await limits.usage(ADMIN)).toEqual({
      month: "2026-11",
      resetsAt: "2026-12-01T00:00:00.000Z",
      spending: expect.arrayContaining([
        { subject: "agent", id: "agt_a", calls: 2, tokens: 101, costMicros: 0 },
        { subject: "principal", id: "key_1", calls: 2, tokens: 101, costMicros: 0 },
        { subject: "organization", id: DEFAULT_ORG_ID, calls: 2, tokens: 101, costMicros: 0 },
      ]),
    });
  });

  it("loses nothing when the database refuses a batch", async () => {
    const { add } = store.budgets;
    let refusals = 1;
    store.budgets.add = async (spent) => {
      if (refusals-- > 0) throw new Error("not now");
      return await add.call(store.budgets, spent);
    };
    await run(agentOf("a"), "task_1");
    await limits.meter.flush();
    expect((await limits.usage(ADMIN)).spending).toHaveLength(3);
  });
});

describe("a run's budget", () => {
  it("is the least of what the agent, the organization and the calling run allow", async () => {
    await rules({ subject: "task", maxTokens: 50, maxCostMicros: 3_000_000 });
    const agent = agentOf("a", { maxTokensPerTask: 80, maxCostPerTask: "2.5", maxCallsPerTask: 1 });
    (await limits.calls.enter({ principal: CALLER, agent, maxCost: "0.10" })).started("task_1");
    expect(await limits.meter.charge({ taskId: "task_1" }, { tokens: 50, costMicros: 100_000 })).toBeUndefined();
    expect((await limits.meter.charge({ taskId: "task_1" }, { tokens: 1 }))?.message).toBe(
      "This run's budget of tokens is used up: 51 of 50.",
    );
    await run(agent, "task_2");
    expect((await limits.meter.charge({ taskId: "task_2" }, { costMicros: 2_500_001 }))?.message).toBe(
      "This run's budget of cost is used up: 2.500001 of 2.5.",
    );
    await run(agent, "task_3");
    expect(await limits.meter.charge({ taskId: "task_3" }, { calls: 1 })).toBeUndefined();
    expect((await limits.meter.charge({ taskId: "task_3" }, { calls: 1 }))?.reason).toBe("BUDGET_EXCEEDED");
  });

  it("goes on over the turns of a task, and ends with it", async () => {
    const agent = agentOf("a", { maxTokensPerTask: 10 });
    await run(agent, "task_1");
    await limits.meter.charge({ taskId: "task_1" }, { tokens: 6 });
    await run(agent, "task_1");
    expect(await limits.meter.charge({ taskId: "task_1" }, { tokens: 6 })).toBeDefined();
    limits.meter.end("task_1");
    expect(await limits.meter.charge({ taskId: "task_1" }, { tokens: 6 })).toBeUndefined();
  });
});

describe("rules", () => {
  it("are read and set by those who may, and setting them is audited", async () => {
    expect(await reasonOf(limits.settings(CALLER))).toBe("PERMISSION_DENIED");
    expect(await reasonOf(limits.replace({ ...CALLER, scopes: ["operate"] }, []))).toBe("PERMISSION_DENIED");
    await rules({ subject: "task", maxTokens: 1 });
    const operator: Principal = { ...CALLER, scopes: ["operate"] };
    expect((await limits.settings(operator)).rules).toEqual([{ subject: "task", maxTokens: 1 }]);
    expect(await store.audit.list(DEFAULT_ORG_ID, 1)).toMatchObject([{ action: "limit.set", actor: "usr_1" }]);
  });

  it.each([
    [
      "twice the same",
      [
        { subject: "task", maxCalls: 1 },
        { subject: "task", maxCalls: 2 },
      ],
    ],
    ["a task by name", [{ subject: "task", id: "x", maxCalls: 1 }]],
    ["a rate of a run", [{ subject: "task", callsPerMinute: 1 }]],
    ["a rate of none", [{ subject: "principal", callsPerMinute: 0 }]],
    ["a fraction", [{ subject: "principal", maxTokens: 0.5 }]],
  ] as const)("refuse %s", async (_what, list) => {
    expect(await reasonOf(limits.replace(ADMIN, list))).toBe("INVALID_PARAMS");
  });
});

it("reads and writes amounts without binary fractions", () => {
  for (const text of ["0", "1", "0.5", "12.000001", "999999999.999999"]) {
    expect(toDecimal(toMicros(text) ?? -1)).toBe(text);
  }
  for (const text of ["", "-1", "1.", ".5", "1e3", "0.0000001", " 1"]) expect(toMicros(text)).toBeUndefined();
});
