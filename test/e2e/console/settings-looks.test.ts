import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser } from "./harness.ts";

let view: ConsoleBrowser;

beforeAll(async () => {
  view = await ConsoleBrowser.start();
});
afterAll(async () => await view?.[Symbol.asyncDispose]());

const SECTIONS = [
  "keys",
  "people",
  "secrets",
  "clients",
  "issuers",
  "telemetry",
  "models",
  "limits",
  "exports",
  "sessions",
  "system",
];

test("every section is whole in light and dark, on a desk and a phone", { timeout: 180_000 }, async () => {
  for (const section of SECTIONS) {
    await view.open(`/settings?section=${section}`);
    await view.everyLook(`settings-${section}`);
  }
  expect(view.problems).toEqual([]);
});
