import { isPlatformError } from "@berth/protocol";
import type { AgentCard } from "@berth/protocol";
import { scriptedCard } from "@berth/testing";
import { describe, expect, it } from "vitest";
import { assertHiddenSkills } from "./hidden-skills.ts";

const card: AgentCard = {
  ...scriptedCard(),
  skills: ["sum", "reindex"].map((id) => ({ id, name: id, description: id, tags: [] })),
};

function fieldsOf(hiddenSkills: readonly string[]): readonly string[] {
  try {
    assertHiddenSkills(card, { hiddenSkills });
    return [];
  } catch (error) {
    if (isPlatformError(error) && error.reason === "CONFIG_INVALID") return error.violations.map(({ field }) => field);
    throw error;
  }
}

describe("assertHiddenSkills", () => {
  it("takes skills that the card has", () => {
    expect(fieldsOf([])).toEqual([]);
    expect(fieldsOf(["reindex"])).toEqual([]);
    expect(() => assertHiddenSkills(card, {})).not.toThrow();
  });

  it("refuses one that the card does not have, and all of them", () => {
    expect(fieldsOf(["reindex", "reindx"])).toEqual(["hiddenSkills[1]"]);
    expect(fieldsOf(["sum", "reindex"])).toEqual(["hiddenSkills"]);
  });
});
