import { expect, test } from "vitest";
import type { AgentServices, ServicesCall } from "../agent-services.ts";
import { Scrubber } from "./scrubber.ts";
import { scrubbedServices } from "./scrubbed-services.ts";

test("what an agent hands to the platform holds none of its secrets", async () => {
  const scrubber = new Scrubber();
  scrubber.learn("KEY", "sk-0123456789");
  const given: unknown[] = [];
  // Every method notes what it was given behind the call, and answers nothing that is looked at.
  const services = new Proxy({} as AgentServices, {
    get:
      () =>
      async (_call: unknown, ...rest: unknown[]) =>
        void given.push(rest),
  });
  const call: ServicesCall = {
    peer: { orgId: "org_1", agentId: "agt_1", agentName: "a", releaseId: "rel_1", instanceId: "inst_1" },
    grant: "acg1_x",
    signal: new AbortController().signal,
  };
  const clean = scrubbedServices(services, scrubber);
  await clean.write(call, { path: "out/sk-0123456789", content: Buffer.from("key=sk-0123456789") });
  await clean.requestScope(call, { read: ["a"], reason: "sk-0123456789" });
  await clean.callAgent(call, { agent: "b", skill: "s", input: { key: "sk-0123456789" } });
  await clean.list(call, { prefix: "sk-0123456789" });
  for (const path of ["sk-0123456789"]) await Promise.all([clean.read(call, path), clean.remove(call, path)]);
  await clean.identityToken(call, "https://x.test/sk-0123456789");
  expect(given).toHaveLength(7);
  const text = given.map((each) =>
    JSON.stringify(each, (_key, value: unknown) => (isBuffer(value) ? textOf(value) : value)),
  );
  expect(text.join("\n")).not.toContain("sk-0123456789");
  expect(text.join("\n").split("[secret:KEY]")).toHaveLength(9);
});

function isBuffer(value: unknown): value is { readonly data: readonly number[] } {
  return typeof value === "object" && value !== null && "type" in value && value.type === "Buffer";
}

function textOf({ data }: { readonly data: readonly number[] }): string {
  return String.fromCodePoint(...data);
}
