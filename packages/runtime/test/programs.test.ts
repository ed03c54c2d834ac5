import { chmodSync, mkdirSync, mkdtempSync, rmSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { baseFolder } from "../src/driver/base-folder.ts";
import { createProcessDriver } from "../src/process/process-driver.ts";
import { askAgent, startAgent } from "../src/sandbox-driver.contract.ts";
import { createUnconfinedDriver } from "../src/unconfined/unconfined-driver.ts";
import { createWasmDriver } from "../src/wasm/wasm-driver.ts";
import { openHarness, platformUsers } from "./sandbox/harness.ts";
import type { RemoteHarness } from "./sandbox/harness.ts";
import { goRoot, pythonRoot } from "./sandbox/program-roots.ts";
import type { TestRoot } from "./sandbox/program-roots.ts";
import { describePrograms } from "./sandbox/program-suite.ts";

for (const { name, uid, root } of platformUsers()) {
  describePrograms(`the process driver run by ${name}`, {
    openHarness: () => openHarness("process", uid),
    ...(root ? { createDriver: createProcessDriver } : {}),
  });
}

describe("a program in a jail", () => {
  const opened: Disposable[] = [];
  afterEach(() => {
    for (const each of opened.splice(0)) each[Symbol.dispose]();
  });
  let harness: RemoteHarness;
  beforeAll(async () => {
    harness = await openHarness("process");
    await harness.driver.sweep();
  });
  afterAll(async () => await harness[Symbol.asyncDispose]());
  const rooted = <R extends TestRoot>(root: R): R => {
    opened.push(root);
    return root;
  };

  it("may be Python, with nothing of ours but what it is told", async () => {
    const { program } = rooted(await pythonRoot());
    const source = `
import http.server, os, sys, json
class Agent(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"python": sys.version_info[0], "home": os.environ["HOME"], "top": sorted(os.listdir("/"))}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer(("localhost", int(os.environ["PORT"])), Agent).serve_forever()`;
    const instance = await startAgent(harness, source, { program, instanceId: "python" });
    const answer: unknown = JSON.parse(await askAgent(instance, "/"));
    expect(answer).toMatchObject({ python: 3, home: "/tmp", top: expect.arrayContaining(["usr", "lib64"]) });
    expect(answer).not.toMatchObject({ top: expect.arrayContaining(["root"]) });
    await instance.stop(5_000);
    expect(await instance.exited).toMatchObject({ reason: "STOPPED", signal: "SIGTERM" });
  });

  it("never starts in a jail that waits, and says so", async () => {
    await using warm = await openHarness("warm");
    await warm.driver.sweep();
    const instance = await startAgent(warm, "", { program: rooted(goRoot()).program });
    expect(instance.boot).toEqual({ kind: "cold", reason: "it is a program with a root of its own" });
  });

  it("is refused by the drivers that have no root to give, trusted or not", async () => {
    const [jails, bare] = [createProcessDriver(harness), createUnconfinedDriver(harness)];
    for (const driver of [bare, createWasmDriver({ home: harness.home, jails, bare })]) {
      const starting = startAgent({ ...harness, driver }, "", { program: rooted(goRoot()).program, trusted: true });
      await expect(starting).rejects.toMatchObject({ reason: "ISOLATION_UNAVAILABLE", hint: expect.any(String) });
      await driver.close();
    }
  });

  it("finds its own /etc, with the names of the jail in place of what its image has there", async () => {
    const root = rooted(goRoot());
    const etc = join(root.folder, "etc");
    mkdirSync(join(etc, "ssl/certs"), { recursive: true });
    mkdirSync(join(etc, "passwd/x"), { recursive: true });
    writeFileSync(join(etc, "ssl/certs/one.pem"), "certificate");
    symlinkSync("one.pem", join(etc, "ssl/certs/hash.0"));
    symlinkSync("/oldroot/etc/shadow", join(etc, "hosts"));
    symlinkSync("/oldroot/etc", join(etc, "host-etc"));
    execFileSync("mkfifo", [join(etc, "group")]);
    const instance = await startAgent(harness, "", { program: root.program });
    const deed = (text: string): Promise<string> => askAgent(instance, "/", text);
    expect(await deed("read /etc/ssl/certs/hash.0")).toBe("certificate");
    expect(await deed("read /etc/passwd")).toMatch(/^agent:x:1000/);
    expect(await deed("read /etc/hosts")).toContain("localhost");
    expect(await deed("read /etc/group")).toMatch(/^agent/);
    expect(await deed("list /etc/host-etc")).toMatch(/^refused/);
    await instance.stop(0);
    root[Symbol.dispose]();
    await harness.driver.sweep();
    if (harness.root) expect(readdirSync(join(baseFolder(harness.home), "program-etc"))).toEqual([]);
  });

  it("is refused a root with more entries than can be mounted, one that its user cannot read, and one that is not there", async () => {
    const root = rooted(goRoot());
    // In memory: so many names take a disk long.
    const wide = mkdtempSync("/dev/shm/berth-root-");
    opened.push({ [Symbol.dispose]: () => rmSync(wide, { recursive: true }) });
    chmodSync(wide, 0o755);
    for (let index = 0; index < 10_000; index++) symlinkSync("/", join(wide, `f${index}`));
    await expect(startAgent(harness, "", { program: { ...root.program, rootfs: wide } })).rejects.toMatchObject({
      reason: "AGENT_START_FAILED",
      message: expect.stringContaining("more than 128 entries"),
    });
    const secret = rooted(goRoot());
    chmodSync(secret.folder, 0o700);
    if (harness.root)
      await expect(startAgent(harness, "", { program: secret.program })).rejects.toMatchObject({
        reason: "AGENT_START_FAILED",
        message: expect.stringContaining("cannot be read"),
      });
    const gone = startAgent(harness, "", { program: { ...root.program, rootfs: "/var/lib/no-such-root" } });
    await expect(gone).rejects.toMatchObject({
      reason: "AGENT_START_FAILED",
      message: expect.stringMatching(/^(?!.*\/var\/lib).*not on this machine/s),
    });
    expect(await harness.leftovers()).toEqual([]);
  });
});
