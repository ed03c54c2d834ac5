import { array, assert, constantFrom, integer, nat, oneof, property, record, set } from "fast-check";
import { describe, expect, it } from "vitest";
import { isHeldBy, isTimely, parseCaveat, permits } from "./caveat.ts";
import type { Caveat, RunUsage } from "./caveat.ts";
import type { GrantOperation } from "./grants.ts";

describe("parseCaveat", () => {
  it.each([
    '["aud","ws:task_1"]',
    '["org","org_1"]',
    '["sa","agt_1"]',
    '["run","task_1"]',
    '["nbf",1]',
    '["exp",1]',
    '["op","list","read","write","delete"]',
    '["op"]',
    '["read","data/**","x"]',
    '["write","outputs/x/"]',
    '["max_bytes",0]',
    '["max_files",7]',
  ])("knows %s", (text) => {
    expect(parseCaveat(text)).toBeDefined();
  });

  it.each([
    '["skill","x"]',
    '["max_calls",1]',
    '["unknown"]',
    "[]",
    "",
    "{}",
    "null",
    "exp < 5",
    '["exp"]',
    '["exp","1"]',
    '["exp",1.5]',
    '["exp",-1]',
    '["exp",1,2]',
    '["exp",9007199254740993]',
    '["exp", 1]',
    '["exp",1] ',
    '["\\u0065xp",1]',
    '["exp",1e0]',
    '["EXP",1]',
    '["org",1]',
    '["org"]',
    '["org","a","b"]',
    '["op","execute"]',
    '["read","../x"]',
    '["read","a**"]',
    '["read",1]',
    '["read",["x"]]',
    '["write","outputs/x"]',
    '["write","../"]',
    '["write",""]',
    '["write","a/","b/"]',
    '["__proto__","x"]',
    '["constructor"]',
  ])("knows nothing of %s, so that it denies", (text) => {
    expect(parseCaveat(text)).toBeUndefined();
  });
});

const LONG = process.env["TEST_LONG"] === "1";
const CASES = LONG ? 1_000_000 : 5_000;

const agent = constantFrom("agt_1", "agt_2");
const run = constantFrom("task_1", "task_2");
const org = constantFrom("org_1", "org_2");
const op = constantFrom("list" as const, "read" as const, "write" as const, "delete" as const);
const glob = constantFrom("**", "a/**", "a/*", "a/?", "*/b", "a/b", "b", "**/b");
const prefix = constantFrom("a/", "a/b/", "b/");
const textArb = oneof(
  agent.map((id) => ["sa", id]),
  run.map((id) => ["run", id]),
  run.map((id) => ["aud", `ws:${id}`]),
  org.map((id) => ["org", id]),
  integer({ min: 0, max: 20 }).map((at) => ["nbf", at]),
  integer({ min: 0, max: 20 }).map((at) => ["exp", at]),
  set(op, { maxLength: 4 }).map((ops) => ["op", ...ops]),
  array(glob, { maxLength: 3 }).map((globs) => ["read", ...globs]),
  prefix.map((below) => ["write", below]),
  nat(20).map((limit) => ["max_bytes", limit]),
  nat(3).map((limit) => ["max_files", limit]),
  constantFrom(["skill", "x"], ["unknown", 1], ["exp", "soon"]),
).map((caveat) => JSON.stringify(caveat));

const situation = record({
  holder: record({ orgId: org, agentId: agent, runId: run }),
  at: integer({ min: 0, max: 20 }).map((seconds) => new Date(seconds * 1_000)),
  operation: record({ op, path: constantFrom("a", "a/b", "a/b/c", "b", "b/a", "a/", ""), bytes: nat(20) }),
  usage: record({
    bytes: nat(20),
    paths: set(constantFrom("a/b", "b"), { maxLength: 2 }).map((paths) => new Set(paths)),
  }),
});

interface Situation {
  readonly holder: Parameters<typeof isHeldBy>[1];
  readonly at: Date;
  readonly operation: GrantOperation;
  readonly usage: RunUsage;
}

function allow(texts: readonly string[], { holder, at, operation, usage }: Situation): boolean {
  return texts
    .map(parseCaveat)
    .every(
      (caveat: Caveat | undefined) =>
        caveat !== undefined && isHeldBy(caveat, holder) && isTimely(caveat, at) && permits(caveat, operation, usage),
    );
}

describe("caveats", () => {
  it(
    "never allow more for there being one more of them, wherever it stands",
    () => {
      let allowed = 0;
      assert(
        property(array(textArb, { maxLength: 3 }), textArb, nat(3), situation, (texts, more, place, at) => {
          const before = allow(texts, at);
          if (before) allowed += 1;
          if (!before) expect(allow(texts.toSpliced(place, 0, more), at)).toBe(false);
        }),
        { numRuns: CASES },
      );
      expect(allowed).toBeGreaterThan(CASES / 20);
    },
    LONG ? 600_000 : 20_000,
  );

  it("never widen what they allow when one of a list's values goes", () => {
    assert(
      property(array(glob, { minLength: 1, maxLength: 3 }), situation, (globs, at) => {
        const fewer = allow([JSON.stringify(["read", ...globs.slice(1)])], at);
        expect(!fewer || allow([JSON.stringify(["read", ...globs])], at)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
