import { makeSampleLog } from "@berth/ledger/testing";
import { canonicalJson } from "@berth/ledger";
import { describe, expect, it } from "vitest";
import { chooseEngine } from "../../api/verifier-crypto.ts";
import { judge } from "./judge.ts";
import { tamper, tamperTargets } from "./tamper.ts";
import { shownSteps } from "./verify-steps.ts";

const engine = await chooseEngine();
const sample = await makeSampleLog();
const keys = canonicalJson({
  origin: sample.origin,
  log: { vkey: sample.trust.logs[0] ?? "" },
  controlPlane: sample.trust.controlPlanes.map((keyid) => ({ keyid, jwk: {} })),
});

async function verdictOf(text: string, trust: string | undefined = keys) {
  const answer = await judge({ kind: "bundle", text, ...(trust === undefined ? {} : { trust }) }, engine);
  if (answer.kind !== "bundle") throw new Error("asked for a bundle");
  return answer;
}

describe("a bundle", () => {
  it("that holds has every step green, trust only where keys are kept", async () => {
    const trusted = await verdictOf(sample.bundle);
    expect(trusted.failed).toBeUndefined();
    expect(new Set(shownSteps(trusted).map(({ state }) => state))).not.toContain("failed");
    expect(trusted.receipt?.statement.predicate.receipt).toBe(sample.statement.predicate.receipt);
    const alone = await judge({ kind: "bundle", text: sample.bundle }, engine);
    if (alone.kind !== "bundle") throw new Error("asked for a bundle");
    expect(
      shownSteps(alone)
        .filter(({ state }) => state === "unasked")
        .map(({ check }) => check),
    ).toContain("trust.log");
  });

  it("bent anywhere fails at one step, and nothing after it is said to hold", async () => {
    const targets = tamperTargets(sample.bundle);
    expect(targets.map(({ id }) => id)).toEqual(expect.arrayContaining(["statement", "sa", "cp", "checkpoint"]));
    for (const target of targets) {
      for (const share of [0, 0.3, 0.6, 0.99]) {
        const { text } = tamper(sample.bundle, target, share);
        expect(text).not.toBe(sample.bundle);
        const verdict = await verdictOf(text);
        expect(verdict.failed, `${target.id} at ${share}`).toBeDefined();
        expect(verdict.receipt).toBeUndefined();
        const states = shownSteps(verdict).map(({ state }) => state);
        expect(states.filter((state) => state === "failed")).toHaveLength(1);
        expect(states.slice(states.indexOf("failed") + 1)).not.toContain("held");
      }
    }
  });

  it("of another log is not trusted", async () => {
    const other = await makeSampleLog();
    const verdict = await verdictOf(other.bundle);
    expect(verdict.failed?.check).toBe("trust.log");
  });
});

describe("many bundles", () => {
  it("are counted, and those that do not hold are named by their place", async () => {
    const texts = [sample.bundle, "{}", sample.bundle, `${sample.bundle}x`];
    const answer = await judge({ kind: "many", texts, trust: keys }, engine);
    expect(answer).toMatchObject({ kind: "many", total: 4, held: 2, failures: [{ at: 1 }, { at: 3 }] });
  });
});

describe("the log", () => {
  it("is refused with another key, and when it is not what was seen before", async () => {
    const { vkey, checkpoint } = sample.parts.log;
    const ask = { kind: "growth", vkey, to: checkpoint, proof: [] } as const;
    expect(await judge(ask, engine)).toMatchObject({ origin: sample.origin });
    expect(await judge({ ...ask, from: checkpoint }, engine)).not.toHaveProperty("problem");
    const other = await makeSampleLog();
    expect(await judge({ ...ask, to: other.parts.log.checkpoint }, engine)).toHaveProperty("problem");
    expect(await judge({ ...ask, from: checkpoint, proof: ["AAAA"] }, engine)).toHaveProperty("problem");
  });
});
