import { randomBytes } from "node:crypto";
import { DEFAULT_ORG_ID, TaskState, createIdGenerator } from "@berth/protocol";
import type { EvalSuite, JsonValue, Principal } from "@berth/protocol";
import type { EvalRunRecord, Store } from "@berth/store";
import type { TurnScript } from "@berth/testing";
import { waitFor } from "@berth/testing";
import { createRegistry } from "../registry/create-registry.ts";
import { house } from "../tasks/task-engine.fixture.ts";
import type { House } from "../tasks/task-engine.fixture.ts";
import { Candidates } from "./candidates.ts";
import { createEvals } from "./create-evals.ts";
import type { EvalsOptions, RunningEvals } from "./create-evals.ts";
import type { JudgeModel } from "./judge-model.ts";

export const dora: Principal = { kind: "api_key", id: "key_dora", orgId: DEFAULT_ORG_ID, scopes: ["invoke", "deploy"] };
/** A house that has set up no model. */
const NO_JUDGE: JudgeModel = {
  missing: async () => "no model is set up to judge",
  judge: async () => await Promise.reject(new Error("nobody looked whether there is one")),
};

type Claim = Parameters<EvalsOptions["receipts"]["addAddendum"]>[3];

export interface Fixture extends House {
  readonly evals: RunningEvals;
  readonly claims: { readonly receiptId: string; readonly claim: Claim }[];
  ended(runId: string): Promise<EvalRunRecord>;
}

/** Receipts are there at once: sealing is another folder's. */
export async function open(
  suites: readonly EvalSuite[],
  script?: TurnScript,
  judge: JudgeModel = NO_JUDGE,
  earlier?: Store,
): Promise<Fixture> {
  const opened = await house(script, earlier === undefined ? {} : { store: earlier });
  const { store, engine } = opened;
  await store.evals.saveSuites(DEFAULT_ORG_ID, "rel_1", suites);
  const claims: Fixture["claims"] = [];
  const now = (): Date => new Date();
  const evals = createEvals({
    store,
    registry: createRegistry({ store, runtime: { drain: async () => undefined }, now }),
    tasks: engine,
    receipts: {
      awaitForTask: async (orgId, taskId) => {
        const at = now().toISOString();
        return { orgId, taskId, receiptId: `rcpt_${taskId}`, leafIndex: 0, sealedAt: at, envelope: "{}", data: "" };
      },
      addAddendum: async (_orgId, receiptId, _kind, claim) => {
        claims.push({ receiptId, claim });
        return "add_1";
      },
      flush: async () => undefined,
    },
    judge,
    candidates: new Candidates(),
    platformId: "spiffe://localhost/platform",
    ids: createIdGenerator({ now: Date.now, randomBytes }),
    now,
  });
  const ended = async (runId: string): Promise<EvalRunRecord> =>
    await waitFor("the run to end", async () => {
      const run = await store.evals.findRun(DEFAULT_ORG_ID, runId);
      return run?.status === "running" ? undefined : run;
    });
  return { ...opened, evals, claims, ended };
}

export const suite = (change: Partial<EvalSuite> = {}): EvalSuite => ({
  name: "basics",
  skill: "echo",
  threshold: "0.5",
  timeoutSeconds: 10,
  cases: [
    { id: "same", input: { a: 1 }, scorers: [{ type: "contains", text: '"a":1' }] },
    {
      id: "half",
      input: "x",
      expected: "y",
      scorers: [{ type: "exact" }, { type: "regex", pattern: "x" }],
    },
  ],
  ...change,
});

/** An agent that returns what `answer` makes of its input. */
export function answers(answer: (input: JsonValue) => JsonValue): TurnScript {
  return async function* (turn, agent) {
    yield agent.task();
    const parts = [{ data: answer(turn.message.parts[0]?.data ?? null) }];
    const done = agent.status(TaskState.Completed);
    if (!("statusUpdate" in done) || done.statusUpdate === undefined) throw new Error("a status is an update");
    const { taskId, contextId } = done.statusUpdate;
    yield { artifactUpdate: { taskId, contextId, artifact: { artifactId: "output", name: "output", parts } } };
    yield done;
  };
}
