import * as fc from "fast-check";
import { expect, it } from "vitest";
import { AGENT_NAME_PATTERN, toAgentName } from "./agent-name.ts";

it.each([
  ["Echo", "echo"],
  ["CsvAnalyst (v2)", "csv-analyst-v2"],
  ["  Größe & Gewicht  ", "gro-e-gewicht"],
  ["Réservation d'hôtel", "reservation-d-hotel"],
  ["3D printer", "agent-3d-printer"],
  ["天気", "agent"],
  ["", "agent"],
  ["a".repeat(50), "a".repeat(39)],
  [`${"a".repeat(38)} b`, "a".repeat(38)],
])("makes %j the name %j", (text, name) => {
  expect(toAgentName(text)).toBe(name);
});

it("makes a name of any text, and leaves a good name alone", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
      const name = toAgentName(text);
      expect(name).toMatch(AGENT_NAME_PATTERN);
      expect(toAgentName(name)).toBe(name);
    }),
  );
});
