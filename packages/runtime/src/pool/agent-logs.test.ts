import { expect, test } from "vitest";
import type { LogLine } from "../runtime.ts";
import { AgentLogs } from "./agent-logs.ts";

function line(text: string, agentId = "agt_1"): LogLine {
  return { at: "2026-01-01T00:00:00.000Z", agentId, releaseId: "rel_1", instanceId: "ins_1", stream: "stdout", text };
}

test("keeps the last 2,000 lines of each agent, oldest first", () => {
  const logs = new AgentLogs();
  for (let i = 0; i < 7_000; i++) logs.append(line(`line ${i}`));
  logs.append(line("other", "agt_2"));
  const kept = logs.recent("agt_1", 10_000);
  expect(kept).toHaveLength(2_000);
  expect(kept[0]?.text).toBe("line 5000");
  expect(logs.recent("agt_1", 2).map(({ text }) => text)).toEqual(["line 6998", "line 6999"]);
  expect(logs.recent("agt_2", 10)).toHaveLength(1);
  expect(logs.recent("agt_3", 10)).toEqual([]);
  expect(logs.recent("agt_1", 0)).toEqual([]);
});

test("bounds a line and the size of all lines of an agent", () => {
  const logs = new AgentLogs();
  logs.append(line("x".repeat(20_000)));
  expect(logs.recent("agt_1", 1)[0]?.text).toMatch(/^x{16384}… \(3616 more characters\)$/);
  for (let i = 0; i < 300; i++) logs.append(line("y".repeat(16_000)));
  const kept = logs.recent("agt_1", 2_000);
  expect(kept.reduce((size, { text }) => size + text.length, 0)).toBeLessThanOrEqual(2 * 1024 * 1024);
  expect(kept.length).toBeGreaterThan(100);
});

test("a listener hears the lines of its agent until it leaves, and a broken one costs the others nothing", () => {
  const logs = new AgentLogs();
  const heard: string[] = [];
  logs.subscribe("agt_1", () => {
    throw new Error("broken");
  });
  const leave = logs.subscribe("agt_1", ({ text }) => heard.push(text));
  logs.append(line("one"));
  logs.append(line("not mine", "agt_2"));
  leave();
  leave();
  logs.append(line("two"));
  expect(heard).toEqual(["one"]);
  expect(logs.recent("agt_1", 10)).toHaveLength(2);
});
