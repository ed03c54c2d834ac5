import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findToolchain } from "../src/build/rust/find-toolchain.ts";
import { buildRelease } from "../src/index.ts";
import type { BuildOptions, BuiltRelease } from "../src/index.ts";

const EXAMPLE = fileURLToPath(new URL("../../../examples/wasm-text", import.meta.url));
const MANIFEST = '[package]\nname = "tiny"\nversion = "1.0.0"\nedition = "2021"\n';
const CDYLIB = '[lib]\ncrate-type = ["cdylib"]\n';

let folder: string;
let log: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-rust-test-"));
  log = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(files: { readonly [path: string]: string }): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, "source", path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

function build(options: Partial<BuildOptions> = {}): Promise<BuiltRelease> {
  return buildRelease({
    source: join(folder, "source"),
    output: join(folder, "release"),
    npmCacheFolder: join(folder, "npm-cache"),
    environment: { PATH: process.env["PATH"], HOME: process.env["HOME"] },
    log: (line) => log.push(line),
    ...options,
  });
}

test("the example is built from its source, to the same digest each time, with the data beside it", async () => {
  const release = await build({ source: EXAMPLE });
  expect(release).toMatchObject({ entry: "agent.wasm", config: { name: "wasm-text" } });
  const module = await WebAssembly.compile(await readFile(join(folder, "release", "agent.wasm")));
  expect(WebAssembly.Module.exports(module).map(({ name }) => name)).toContain("agent_handle");
  const files = await readdir(join(folder, "release"), { recursive: true });
  expect(files).toContain("workspace/texts/tides.txt");
  expect(files.filter((name) => /\.rs$|Cargo/.test(name))).toEqual([]);
  expect((await build({ source: EXAMPLE, output: join(folder, "again") })).digest).toBe(release.digest);
});

test("a build script has no network, no file of the host, no variable and no way to stay", async () => {
  let visits = 0;
  const server = createServer((socket) => {
    visits++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const secret = join(folder, "secret");
  await writeFile(secret, "hunter2");
  await chmod(folder, 0o755);
  await write({
    "Cargo.toml": MANIFEST + CDYLIB,
    "src/lib.rs": "",
    "build.rs": `fn main() {
      let say = |what: &str, got: bool| println!("cargo:warning={} {}", what, if got { "open" } else { "closed" });
      say("host file", std::fs::read(${JSON.stringify(secret)}).is_ok());
      say("passwd", std::fs::read("/etc/shadow").or(std::fs::read("/etc/passwd")).is_ok());
      say("loopback", std::net::TcpStream::connect("127.0.0.1:${port}").is_ok());
      say("outside", std::net::TcpStream::connect("1.1.1.1:443").is_ok());
      say("source", std::fs::write("/source/src/lib.rs", "x").is_ok());
      say("system", std::fs::write("/usr/bin/x", "x").is_ok());
      say("variable", std::env::vars().any(|(_, value)| value.contains("hunter2")));
      say("processes", std::fs::read_dir("/proc").unwrap().flatten()
        .filter(|each| each.file_name().to_string_lossy().parse::<u32>().is_ok()).count() > 12);
      let null = std::process::Stdio::null;
      std::process::Command::new("/usr/bin/setsid").args(["sleep", "987"]).stdout(null()).stderr(null()).spawn().ok();
    }`,
  });
  const environment = { PATH: process.env["PATH"], HOME: process.env["HOME"], API_KEY: "hunter2" };
  await build({ environment });
  server.close();
  const said = log.flatMap((line) => /^warning: (?:tiny@1\.0\.0: )?([\w ]+ (?:open|closed))$/.exec(line)?.[1] ?? []);
  expect(said).toEqual(
    ["host file", "passwd", "loopback", "outside", "source", "system", "variable", "processes"].map(
      (what) => `${what} closed`,
    ),
  );
  expect(visits).toBe(0);
  // The jail's last processes end with it, which may be a moment later.
  await expect.poll(commandLines, { timeout: 20_000 }).not.toContain("sleep\x00987");
});

test("a build that does not end is ended, with all that it started", async () => {
  await write({
    "Cargo.toml": MANIFEST + CDYLIB,
    "src/lib.rs": "",
    "build.rs": `fn main() {
      std::process::Command::new("/usr/bin/setsid").args(["sleep", "986"]).spawn().unwrap();
      loop {}
    }`,
  });
  const abort = new AbortController();
  const building = build({ signal: abort.signal });
  building.catch(() => {});
  await expect.poll(commandLines, { timeout: 20_000 }).toContain("sleep\x00986");
  abort.abort();
  await expect(building).rejects.toMatchObject({ reason: "CANCELED" });
  await expect.poll(commandLines, { timeout: 20_000 }).not.toContain("sleep\x00986");
  expect(existsSync(join(folder, "release"))).toBe(false);
});

test("crates come from the vendor folder, without asking anybody", async () => {
  await write({
    "Cargo.toml": `${MANIFEST}${CDYLIB}[dependencies]\nseven = "1"\n`,
    "src/lib.rs": "#[no_mangle] pub extern fn agent_seven() -> i32 { seven::SEVEN }",
    "vendor/seven/Cargo.toml": '[package]\nname = "seven"\nversion = "1.2.0"\nedition = "2021"\n',
    "vendor/seven/src/lib.rs": "pub const SEVEN: i32 = 7;",
    "vendor/seven/.cargo-checksum.json": '{"files":{}}',
  });
  await build();
  expect((await readdir(join(folder, "release"))).toSorted()).toEqual(["agent.wasm"]);
});

test.each([
  ["does not compile", MANIFEST + CDYLIB, "fn x() -> u8 { unknown }", /cannot find value `unknown`/, /log/],
  ["makes no module", MANIFEST, "", /crate-type = \["cdylib"\]/, /log/],
  [
    "needs a crate that is not there",
    `${MANIFEST}${CDYLIB}[dependencies]\nno-such-crate-here = "1"\n`,
    "",
    /./,
    /vendor/,
  ],
])("a package that %s is refused with the reason", async (_, manifest, lib, message, hint) => {
  await write({ "Cargo.toml": manifest, "src/lib.rs": lib });
  await expect(build()).rejects.toMatchObject({
    reason: "BUILD_FAILED",
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  });
  expect(existsSync(join(folder, "release"))).toBe(false);
});

test("without a compiler for WebAssembly it is said how to get one", async () => {
  await expect(findToolchain({ environment: { PATH: folder }, usual: [] })).rejects.toMatchObject({
    reason: "BUILD_FAILED",
    message: expect.stringContaining("no Rust compiler"),
    hint: expect.stringMatching(/apt-get install rustc cargo libstd-rust-dev-wasm32.*rustup target add wasm32-wasip1/),
  });
  const target = "wasm32-wasip9";
  await expect(findToolchain({ environment: {}, target })).rejects.toThrow(/has wasm32-wasip9/);
});

async function commandLines(): Promise<string> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  return (
    await Promise.all(pids.map(async (pid) => await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")))
  ).join("\n");
}
