import { describe, expect, it } from "vitest";
import type { Grant } from "./approval.ts";
import { narrowingProblem, presentGrant, scopeDiff } from "./scope-diff.ts";

const grant = (id: string, valid: boolean): Grant => ({
  id,
  scope: { read: [] },
  issuedAt: "2026-11-29T00:00:00.000Z",
  expiresAt: "2026-11-29T00:15:00.000Z",
  revokedAt: null,
  valid,
});

describe("scopeDiff", () => {
  it("tells what a run holds already from what approving adds", () => {
    expect(
      scopeDiff({ read: ["data/2026/a.csv", "private/**"], write: "out/x/" }, { read: ["data/**"], write: "out/" }),
    ).toEqual([
      { kind: "read", pattern: "data/2026/a.csv", status: "held" },
      { kind: "read", pattern: "private/**", status: "new" },
      { kind: "write", pattern: "out/x/", status: "held" },
    ]);
  });

  it("calls new what no grant is known for, and what is no pattern", () => {
    expect(scopeDiff({ read: ["a"] }, undefined)[0]?.status).toBe("new");
    expect(scopeDiff({ read: ["/../{x}"], write: "out/" }, { read: ["**"] }).map(({ status }) => status)).toEqual([
      "new",
      "new",
    ]);
  });
});

describe("presentGrant", () => {
  it("is the newest that holds, else the newest", () => {
    expect(presentGrant([grant("a", true), grant("b", true), grant("c", false)])?.id).toBe("b");
    expect(presentGrant([grant("a", false), grant("b", false)])?.id).toBe("b");
    expect(presentGrant([])).toBeUndefined();
  });
});

describe("narrowingProblem", () => {
  it("accepts less, and names what would be more", () => {
    expect(narrowingProblem(["private/2026/*.csv"], ["private/**"], false)).toBeUndefined();
    expect(narrowingProblem(["private/**"], ["private/**"], false)).toBeUndefined();
    expect(narrowingProblem(["**"], ["private/**"], false)).toContain("more than was asked");
    expect(narrowingProblem([], ["private/**"], false)).toContain("deny it instead");
    expect(narrowingProblem([], ["private/**"], true)).toBeUndefined();
  });
});
