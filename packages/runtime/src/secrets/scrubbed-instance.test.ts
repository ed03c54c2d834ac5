import { expect, test } from "vitest";
import type { Instance } from "../sandbox-driver.ts";
import { scrubbedInstance } from "./scrubbed-instance.ts";

test("an instance's last words are told without secrets; everything else is the instance's own", async () => {
  const done: string[] = [];
  const instance: Instance = {
    instanceId: "ins_1",
    releaseId: "rel_1",
    startedAt: 1,
    socketPath: "/run/a.sock",
    headers: { "berth-instance": "1" },
    boot: { kind: "warm" },
    exited: Promise.resolve({ reason: "AGENT_CRASHED", exitCode: 1, signal: null, lastOutput: "token hunter2" }),
    stop: async (graceMs) => void done.push(`stop ${graceMs}`),
    freeze: async () => void done.push("freeze"),
    thaw: async () => void done.push("thaw"),
    stats: async () => ({ rssBytes: 7, cpuMs: 8, processes: 9 }),
  };
  const scrubbed = scrubbedInstance(instance, { text: (text) => text.replaceAll("hunter2", "[secret:S]") });
  expect(await scrubbed.exited).toEqual({ ...(await instance.exited), lastOutput: "token [secret:S]" });
  await scrubbed.stop(5);
  await scrubbed.freeze();
  await scrubbed.thaw();
  expect(done).toEqual(["stop 5", "freeze", "thaw"]);
  expect(await scrubbed.stats()).toEqual({ rssBytes: 7, cpuMs: 8, processes: 9 });
  const { instanceId, releaseId, startedAt, socketPath, headers, boot } = instance;
  expect(scrubbed).toMatchObject({ instanceId, releaseId, startedAt, socketPath, headers, boot });
});
