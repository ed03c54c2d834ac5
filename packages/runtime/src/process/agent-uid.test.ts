import { expect, it } from "vitest";
import { AgentUids } from "./agent-uid.ts";

it("gives each agent a uid of its own as long as one of its instances runs", () => {
  const uids = new AgentUids("/home/one");
  const first = uids.take("a");
  expect(uids.take("a")).toBe(first);
  expect(uids.take("b")).not.toBe(first);
  uids.release(first ?? 0);
  expect(uids.take("c")).not.toBe(first);
  uids.release(first ?? 0);
  expect(uids.take("d")).toBe(first);
});

it("keeps homes apart and away from people's uids", () => {
  const [one, two] = [new AgentUids("/home/one"), new AgentUids("/home/two")];
  expect(one.first).toBeGreaterThanOrEqual(200_000);
  expect(one.first > two.last || two.first > one.last).toBe(true);
});

it("has an end", () => {
  const uids = new AgentUids("/home/one");
  for (let count = uids.first; count <= uids.last; count++) uids.take(String(count));
  expect(uids.take("one too many")).toBeUndefined();
});
