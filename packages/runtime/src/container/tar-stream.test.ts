import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tarStream } from "./tar-stream.ts";
import type { TarEntry } from "./tar-stream.ts";

async function archive(entries: readonly TarEntry[]): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(tarStream(entries)));
}

/** A field of a header, up to its end. */
function field(header: Buffer, from: number, length: number): string {
  return header.toString("utf8", from, from + length).replace(/\0.*$/s, "");
}

test("an archive has each entry with its mode, in blocks of 512 bytes, and an end", async () => {
  const bytes = await archive([
    { kind: "folder", path: "/tmp", mode: 0o1777 },
    { kind: "text", path: "/etc/group", mode: 0o644, text: "agent" },
  ]);
  expect(bytes.length).toBe(512 * 5);
  const [folder, file] = [bytes.subarray(0, 512), bytes.subarray(512, 1024)];
  expect([field(folder, 0, 100), field(folder, 100, 8), field(folder, 156, 1)]).toEqual(["tmp/", "0001777", "5"]);
  expect([field(file, 0, 100), field(file, 100, 8), field(file, 124, 12)]).toEqual([
    "etc/group",
    "0000644",
    "00000000005",
  ]);
  expect(bytes.toString("utf8", 1024, 1030)).toBe("agent\0");
  const sum = file.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  expect(Number.parseInt(field(file, 148, 8), 8)).toBe(sum);
});

test("a long name is cut at a slash, and one that cannot be is in a record before", async () => {
  const long = `/usr/${"library/".repeat(14)}x.so`;
  const header = await archive([{ kind: "text", path: long, mode: 0o644, text: "" }]);
  expect(`/${field(header, 345, 155)}/${field(header, 0, 100)}`).toBe(long);
  const endless = await archive([{ kind: "text", path: `/${"x".repeat(200)}`, mode: 0o644, text: "" }]);
  expect([field(endless, 156, 1), field(endless, 512, 512)]).toEqual(["x", `210 path=${"x".repeat(200)}\n`]);
});

test("what is longest is read as it was written, links and names of any characters with it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "berth-tar-"));
  const entries: readonly TarEntry[] = [
    { kind: "folder", path: "/a", mode: 0o755 },
    ...[90, 99, 100, 101, 984, 985, 986, 987].map((length): TarEntry => ({
      kind: "link",
      path: `/a/l${length}`,
      to: "é".repeat(length / 2) + "x".repeat(length % 2),
    })),
    { kind: "text", path: `/a/${"ü".repeat(110)}\n.txt`, mode: 0o600, text: "text" },
  ];
  const tar = join(folder, "root.tar");
  writeFileSync(tar, await archive(entries));
  const { status, stderr } = spawnSync("tar", ["-xf", tar, "-C", folder], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  for (const entry of entries) {
    if (entry.kind === "link") expect(readlinkSync(join(folder, entry.path))).toBe(entry.to);
    if (entry.kind === "text") expect(readFileSync(join(folder, entry.path), "utf8")).toBe(entry.text);
  }
  rmSync(folder, { recursive: true });
});
