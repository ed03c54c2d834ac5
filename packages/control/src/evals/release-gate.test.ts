import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { AgentEvalsConfig, EvalSuite } from "@berth/protocol";
import type { AgentWithRelease } from "@berth/store";
import type { TurnScript } from "@berth/testing";
import { waitFor } from "@berth/testing";
import { describe, expect, it } from "vitest";
import { answers, dora, open, suite } from "./evals.fixture.ts";
import type { Fixture } from "./evals.fixture.ts";
import { assertEvalsConfig } from "./release-gate.ts";
import type { GatedRelease } from "./release-gate.ts";

/** The agent with a release that is not published, and another name where it is to be a new one. */
async function candidateOf(
  { store }: Pick<Fixture, "store">,
  evals: AgentEvalsConfig,
  agentId = "agt_1",
): Promise<AgentWithRelease> {
  const found = await store.agents.find(DEFAULT_ORG_ID, "scripted");
  if (found === undefined) throw new Error("the house has an agent");
  const { agent, release } = found;
  const config = { ...release.config, evals };
  const name = agentId === "agt_1" ? "scripted" : "newcomer";
  return { agent: { ...agent, agentId, name }, release: { ...release, agentId, releaseId: "rel_2", config } };
}

interface Gate {
  readonly lines: string[];
  readonly stop: AbortController;
  readonly release: GatedRelease;
}

async function gate(
  house: Fixture,
  evals: AgentEvalsConfig,
  suites: readonly EvalSuite[],
  agentId?: string,
): Promise<Gate> {
  const lines: string[] = [];
  const stop = new AbortController();
  const candidate = await candidateOf(house, evals, agentId);
  const log = (line: string): void => void lines.push(line);
  return { lines, stop, release: { principal: dora, candidate, suites, log, signal: stop.signal } };
}

const echo = answers((input) => input);
const passing = suite({ cases: [{ id: "same", input: "x", expected: "x", scorers: [{ type: "exact" }] }] });

describe("the gate of a release", () => {
  it("calls the release that nobody else can reach, case by case, and says what it scored", async () => {
    const house = await open([], echo);
    const { release, lines } = await gate(house, { gate: "basics", threshold: 1 }, [passing, suite({ name: "other" })]);
    const [scored, ...others] = await house.evals.passGate(release);
    expect(scored).toMatchObject({ suite: "basics", score: "1.000", threshold: "1.000", passed: true });
    expect(others).toEqual([]);
    expect(lines[1]).toBe("evals basics: same 1.000 passed");
    const run = await house.store.evals.findRun(DEFAULT_ORG_ID, scored?.runId ?? "");
    expect(run).toMatchObject({ status: "passed", releaseId: "rel_2", startedBy: "key_dora" });
    const task = await house.store.tasks.find(DEFAULT_ORG_ID, run?.cases[0]?.taskId ?? "");
    expect(task).toMatchObject({ agentId: "agt_1", releaseId: "rel_2", principalId: "key_dora" });
    expect((await house.store.agents.find(DEFAULT_ORG_ID, "scripted"))?.release.releaseId).toBe("rel_1");
  });

  it("holds for an agent's first release too, which is not there before it has passed", async () => {
    const house = await open([], echo);
    const { release } = await gate(house, { gate: "all" }, [passing], "agt_new");
    expect(await house.evals.passGate(release)).toMatchObject([{ suite: "basics", passed: true }]);
    expect(await house.store.agents.find(DEFAULT_ORG_ID, "newcomer")).toBeUndefined();
  });

  it("refuses a release that scores too little, and names score, threshold and the first failing cases", async () => {
    const house = await open([], echo);
    const wrong = ["a", "b", "c", "d"].map((id) => {
      return { id, input: id, expected: "x", scorers: [{ type: "exact" }] } as const;
    });
    const { release } = await gate(house, { gate: "all", threshold: 0.25 }, [
      passing,
      suite({ name: "hard", threshold: "0", cases: [...wrong, ...passing.cases] }),
    ]);
    const refused = await house.evals.passGate(release).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      reason: "EVAL_FAILED",
      message: expect.stringMatching(
        /^The suite hard scored 0\.200, 0\.250 is needed \(eval_\w+\): a 0\.000 failed: exact: expected "x", got "a" \| b .* \| c [^|]*\.$/,
      ),
    });
  });

  it("refuses before the first call when a model has to judge and none is set up", async () => {
    const house = await open([], echo);
    const judged = suite({ cases: [{ id: "one", input: 1, scorers: [{ type: "judge", rubric: "It is kind." }] }] });
    const { release } = await gate(house, { gate: "basics" }, [judged]);
    await expect(house.evals.passGate(release)).rejects.toMatchObject({
      reason: "EVAL_FAILED",
      message: "The suite basics cannot be scored: no model is set up to judge.",
    });
    expect(house.connector.turns).toEqual([]);
  });

  it("ends with the deployment", async () => {
    const waits: TurnScript = async function* (_turn, agent, signal) {
      yield agent.task();
      if (signal.aborted) return;
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    };
    const house = await open([], waits);
    const { release, stop } = await gate(house, { gate: "all" }, [passing]);
    const passed = house.evals.passGate(release);
    const rejected = expect(passed).rejects.toThrow("no more");
    await waitFor("the call", async () => house.connector.turns.length === 1 || undefined);
    stop.abort(new Error("no more"));
    await rejected;
  });

  it("is written down when it is skipped, and is none where berth.json has none", async () => {
    const house = await open([], echo);
    await house.evals.skipGate(dora, "scripted", "rel_2");
    const [entry] = await house.store.audit.list(DEFAULT_ORG_ID, 1);
    expect(entry).toMatchObject({ action: "eval.skip", resource: "scripted", detail: { release: "rel_2" } });
    const { release } = await gate(house, {}, [passing]);
    expect(house.evals.isGated(release)).toBe(false);
  });
});

it("berth.json may only name suites that are there and can do what they are named for", () => {
  const sampling = suite({ name: "live", sampled: [{ type: "contains", text: "x" }] });
  const check = (evals: AgentEvalsConfig, suites: readonly EvalSuite[] = [suite(), sampling]) => {
    return (): void => assertEvalsConfig({ evals }, suites);
  };
  for (const fine of [{}, { gate: "all" }, { gate: "live", sample: { rate: 0.5, suite: "live" } }]) {
    expect(check(fine)).not.toThrow();
  }
  expect(check({ gate: "none" })).toThrow('evals.gate is "none", but evals/ has basics, live');
  expect(check({ gate: "all" }, [])).toThrow("evals/ has no suites");
  expect(check({ sample: { rate: 1, suite: "none" } })).toThrow("evals/ has basics, live");
  expect(check({ sample: { rate: 1, suite: "basics" } })).toThrow('has no "sampled" scorers');
});
