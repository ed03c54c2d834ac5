import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonValue, Task } from "@berth/protocol";

const SOURCE = fileURLToPath(new URL("../fixtures/malicious-agent.rs", import.meta.url));
let compiled: Uint8Array | undefined;

/** malicious-agent.rs, with all of Rust's standard library behind it: as much of a system as a module can think it has. */
export function maliciousModule(): Uint8Array {
  compiled ??= compile();
  return compiled;
}

function compile(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "berth-malicious-"));
  try {
    const output = join(folder, "agent.wasm");
    // Debian 12 has it under its old name.
    const target = existsSync("/usr/lib/rustlib/wasm32-wasip1") ? "wasm32-wasip1" : "wasm32-wasi";
    const options = ["--edition", "2021", "--crate-type", "cdylib", "--target", target, "-C", "panic=abort"];
    const { status, stderr } = spawnSync("/usr/bin/rustc", [...options, "-C", "opt-level=1", "-o", output, SOURCE], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`rustc (apt-get install rustc libstd-rust-dev-wasm32): ${stderr}`);
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the module was told to do gave: its output, or what the platform says of its end. */
export function gotBy(task: Task): JsonValue {
  const output = task.artifacts?.find(({ artifactId }) => artifactId === "output")?.parts[0]?.data;
  return output ?? { state: task.status.state, said: task.status.message?.parts[0]?.text ?? "" };
}
