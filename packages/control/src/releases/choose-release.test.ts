import { allTo } from "@berth/store";
import { expect, test } from "vitest";
import { chooseRelease } from "./choose-release.ts";
import { isReleaseLabel, releaseLabel } from "./release-label.ts";

const shares = [
  { releaseId: "rel_a", basisPoints: 7_000 },
  { releaseId: "rel_b", basisPoints: 2_000 },
  { releaseId: "rel_c", basisPoints: 1_000 },
];
const agent = { agentId: "agt_1", activeReleaseId: "rel_a", traffic: { ...allTo("rel_a"), shares } };

test("contexts fall on releases by their shares, and always on the same one", () => {
  const counts: Record<string, number> = {};
  for (let i = 0; i < 20_000; i++) {
    const chosen = chooseRelease(agent, `ctx_${i}`);
    counts[chosen] = (counts[chosen] ?? 0) + 1;
    expect(chooseRelease(agent, `ctx_${i}`)).toBe(chosen);
  }
  expect((counts["rel_a"] ?? 0) / 20_000).toBeCloseTo(0.7, 1);
  expect((counts["rel_b"] ?? 0) / 20_000).toBeCloseTo(0.2, 1);
  expect((counts["rel_c"] ?? 0) / 20_000).toBeCloseTo(0.1, 1);
});

test("a label fits into a host name beside the longest agent name and is no agent's name", () => {
  const label = releaseLabel("rel_01kb7z3m4n5p6q7r8s9t0v1w2x");
  expect(label).toBe("07r8s9t0v1w2x");
  expect(isReleaseLabel(label)).toBe(true);
  expect(`${label}--${"a".repeat(39)}`.length).toBeLessThanOrEqual(63);
  for (const other of ["echo", "rel_01kb", "", "0", `0${"a".repeat(13)}`]) expect(isReleaseLabel(other)).toBe(false);
});
