import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { DEFAULT_AGENT_CONFIG } from "./agent-config.ts";
import { parseAgentConfig } from "./parse-agent-config.ts";

const page = readFileSync(new URL("../../../docs/reference/berth-json.md", import.meta.url), "utf8");

it("docs/reference/berth-json.md shows a configuration that parses", () => {
  const [, example = ""] = /```json\n([^]*?)```/.exec(page) ?? [];
  const config: unknown = JSON.parse(example);
  expect(parseAgentConfig(config)).toEqual(config);
});

it("docs/reference/berth-json.md names every key with its default", () => {
  const { resources, scale, timeouts } = DEFAULT_AGENT_CONFIG;
  for (const [section, keys] of Object.entries({ resources, scale, timeouts })) {
    for (const [key, value] of Object.entries(keys)) {
      const row = page.split("\n").find((line) => line.startsWith(`| \`${section}.${key}\` |`));
      expect(row?.split("|")[3]?.trim().split(",")[0], `${section}.${key}`).toBe(String(value));
    }
  }
  for (const key of ["name", "entry", "frontend", "visibility", "tags", "hiddenSkills", "egress", "env"])
    expect(page).toContain(`| \`${key}\` |`);
});
