import { parseAgentConfig } from "@berth/protocol";
import { expect, test } from "vitest";
import { toConfigJson } from "./config-json.ts";

test("shows what an agent may reach and never the values that it reaches it with", () => {
  const config = parseAgentConfig({
    egress: ["api.example.com"],
    env: { LOG_LEVEL: "info", PLAIN_KEY: "do-not-tell" },
    upstreams: {
      model: {
        url: "https://api.example.com/v1",
        headers: { Authorization: "Bearer {secret:MODEL_KEY}", "X-Key": "do-not-tell" },
      },
    },
  });
  const shown = toConfigJson(config);
  expect(shown).toMatchObject({
    egress: expect.anything(),
    env: ["LOG_LEVEL", "PLAIN_KEY"],
    upstreams: {
      model: { url: "https://api.example.com/v1", headers: ["Authorization", "X-Key"], secrets: ["MODEL_KEY"] },
    },
  });
  expect(JSON.stringify(shown)).not.toContain("do-not-tell");
});
