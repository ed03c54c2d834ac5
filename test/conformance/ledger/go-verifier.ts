import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const SOURCES = join(import.meta.dirname, "verifier");
const TIMEOUT_MS = 60_000;

/** The verifier in Go, built against Debian's golang.org/x/mod without network. */
export class GoVerifier {
  readonly #program: string;
  readonly #folder: string;

  /** @throws Error with the compiler's output. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#program = join(folder, "verifier");
    const { status, stderr, error } = spawnSync("go", ["build", "-o", this.#program, "."], {
      cwd: SOURCES,
      encoding: "utf8",
      timeout: TIMEOUT_MS,
      // Debian puts sources where GOPATH mode finds them.
      env: { ...process.env, GO111MODULE: "off", GOPATH: "/usr/share/gocode", GOCACHE: join(folder, "cache") },
    });
    if (status !== 0) throw new Error(`go build: ${error?.message ?? stderr}`);
  }

  /** One verdict per bundle: `ok …` or `refused …`. `keys` is the document of `/ledger/keys`. */
  async verdicts(keys: string, bundles: readonly string[]): Promise<readonly string[]> {
    const path = join(this.#folder, "keys.json");
    writeFileSync(path, keys);
    const child = spawn(this.#program, [path], { stdio: ["pipe", "pipe", "pipe"], timeout: TIMEOUT_MS });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => void (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (err += text));
    const ended = once(child, "close");
    child.stdin.on("error", (error) => void (err += error.message));
    for (const bundle of bundles) {
      if (!child.stdin.write(`${Buffer.from(bundle, "utf8").toString("base64")}\n`)) {
        await Promise.race([once(child.stdin, "drain"), ended]);
      }
    }
    child.stdin.end();
    await ended;
    const lines = out.trimEnd().split("\n");
    if (err !== "" || lines.length !== bundles.length) {
      throw new Error(`the verifier answered ${lines.length} of ${bundles.length} bundles: ${err}`);
    }
    return lines;
  }
}
