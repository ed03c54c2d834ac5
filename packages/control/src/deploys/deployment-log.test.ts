import { PlatformError } from "@berth/protocol";
import type { DeploymentLine } from "@berth/store";
import { expect, test, vi } from "vitest";
import { DeploymentLog } from "./deployment-log.ts";

function world(last = 0) {
  const kept: DeploymentLine[] = [];
  const secrets: string[] = [];
  const trouble = { failures: 0, batches: 0 };
  const log = new DeploymentLog({
    store: {
      appendLines: async (_orgId, _id, lines) => {
        trouble.failures -= 1;
        if (trouble.failures >= 0) throw new PlatformError("STORE_UNAVAILABLE", "Away.", { retryable: true });
        trouble.batches += 1;
        kept.push(...lines);
      },
    },
    orgId: "org_1",
    deploymentId: "dep_1",
    last,
    now: () => new Date("2026-11-29T12:00:00.000Z"),
    scrubber: async () => ({
      text: (text) => secrets.reduce((clean, each) => clean.replaceAll(each, "[secret]"), text),
    }),
    onKept: () => undefined,
    onFailed: () => undefined,
  });
  return { log, kept, secrets, trouble };
}

test("lines are kept in order, in few batches, and go on from the last one", async () => {
  const { log, kept, trouble } = world(7);
  for (let n = 0; n < 90; n++) log.write("build", "stdout", `line ${n}\n`);
  log.write("build", "platform", "two\nlines");
  await vi.waitFor(() => expect(kept).toHaveLength(92));
  expect(trouble.batches).toBe(1);
  expect(kept.map(({ seq }) => seq)).toEqual(kept.map((_, n) => n + 8));
  expect(kept.slice(-2)).toMatchObject([
    { stream: "platform", text: "two" },
    { stream: "platform", text: "lines" },
  ]);
});

test("no secret is kept, be it in one line or over several", async () => {
  const { log, kept, secrets } = world();
  secrets.push("hunter2", "BEGIN\nsecret\nEND");
  for (const text of ["the key is hunter2", "BEGIN", "secret", "END", "done"]) log.write("build", "stderr", text);
  await log.flush();
  expect(kept.map(({ seq, text }) => [seq, text])).toEqual([
    [1, "the key is [secret]"],
    [2, "[secret]"],
    [3, "done"],
  ]);
});

test("a store that is away loses and doubles nothing", async () => {
  const { log, kept, trouble } = world();
  trouble.failures = 2;
  log.write("build", "stdout", "one");
  await expect(log.flush()).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  log.write("build", "stdout", "two");
  await expect(log.flush()).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  await log.flush();
  await log.flush();
  expect(kept.map(({ seq, text }) => [seq, text])).toEqual([
    [1, "one"],
    [2, "two"],
  ]);
});

test("a loud build is cut with one mark; what the platform says of its end is kept", async () => {
  const { log, kept } = world();
  for (let n = 0; n < 25_000; n++) {
    log.write("build", "stdout", "x".repeat(200));
    if (n % 1_000 === 0) await log.flush();
  }
  log.write("build", "platform", "failed");
  await log.flush();
  const marks = kept.filter(({ text }) => text.startsWith("…"));
  expect([marks.length, kept.at(-1)?.text]).toEqual([1, "failed"]);
  expect(kept.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(2_001_000);
  expect(kept.map(({ seq }) => seq)).toEqual(kept.map((_, n) => n + 1));
});

test("a long line is shortened", async () => {
  const { log, kept } = world();
  log.write("build", "stdout", "y".repeat(10_000));
  await log.flush();
  expect(kept[0]?.text).toHaveLength(2_000);
});
