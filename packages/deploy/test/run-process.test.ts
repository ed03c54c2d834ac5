import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runProcess } from "../src/build/run-process.ts";

const base = { cwd: "/", env: { PATH: "/usr/bin:/bin", ONLY: "this" }, timeoutMs: 20_000 } as const;

/** A process that only waits for its parent to notice is dead. Signal 0 cannot tell. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

test("output of both streams is told line by line, and the environment is the one given", async () => {
  const lines: string[] = [];
  const script =
    "env | grep -v '^PWD=\\|^_=\\|^SHLVL=\\|^OLDPWD=' | sort; printf half; echo oops >&2; echo ' line'; printf end; exit 3";
  const result = await runProcess({ ...base, command: ["sh", "-c", script], log: (line) => lines.push(line) });
  expect(result.code).toBe(3);
  expect([...lines].sort()).toEqual(["ONLY=this", "PATH=/usr/bin:/bin", "end", "half line", "oops"]);
  expect(result.output).toContain("oops\n");
});

test.each(["a signal", "the timeout"])("by %s the whole group dies", async (by) => {
  const stop = new AbortController();
  let grandchild = 0;
  const running = runProcess({
    ...base,
    // The grandchild holds the pipes open and ignores polite signals.
    command: ["sh", "-c", "(trap '' TERM HUP INT; echo $$; exec sleep 60) & echo child $!; wait"],
    timeoutMs: by === "the timeout" ? 3_000 : 20_000,
    signal: stop.signal,
    log: (line) => {
      if (!line.startsWith("child")) return;
      grandchild = Number(line.slice(6));
      if (by === "a signal") stop.abort();
    },
  });
  await expect(running).rejects.toMatchObject({ reason: by === "a signal" ? "CANCELED" : "TIMED_OUT" });
  expect(grandchild).toBeGreaterThan(0);
  await expect.poll(() => isAlive(grandchild)).toBe(false);
});

test("what a program leaves running is gone when it ends", async () => {
  let left = 0;
  await runProcess({
    ...base,
    command: ["sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!"],
    log: (line) => {
      left = Number(line);
    },
  });
  await expect.poll(() => isAlive(left)).toBe(false);
});

test("a program that is not there is an error, not a hang", async () => {
  const running = runProcess({ ...base, command: ["no-such-program"], log: () => undefined });
  await expect(running).rejects.toMatchObject({ code: "ENOENT" });
});
