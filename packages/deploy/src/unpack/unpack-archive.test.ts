import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { UNPACK_LIMITS, unpackArchive } from "./unpack-archive.ts";

interface RawEntry {
  readonly name: string;
  readonly body?: string | Buffer;
  /** ustar typeflag; default "0". */
  readonly type?: string;
  readonly size?: number;
  readonly link?: string;
}

/** Writes headers byte by byte: a library would refuse to make most of these. */
function rawTar(...entries: readonly RawEntry[]): Buffer {
  const blocks = entries.flatMap(({ name, body = "", type = "0", size, link = "" }) => {
    const content = Buffer.from(body);
    const header = Buffer.alloc(512);
    header.write(name, 0, 100, "latin1");
    header.write("0000644\0", 100);
    header.write("0000000\0", 108);
    header.write("0000000\0", 116);
    header.write(`${(size ?? content.length).toString(8).padStart(11, "0")}\0`, 124);
    header.write("00000000000\0", 136);
    header.write("        ", 148);
    header.write(type, 156);
    header.write(link, 157, 100, "latin1");
    header.write("ustar\u000000", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function pax(records: { readonly [key: string]: string }): RawEntry {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    const length = Buffer.byteLength(rest) + 2;
    return `${length < 100 ? length : length + 1}${rest}`;
  });
  return { name: "pax", type: "x", body: lines.join("") };
}

const utf8 = (text: string): string => Buffer.from(text).toString("latin1");

describe("an honest archive", () => {
  test("is read with folders, a leading ./ and any order", async () => {
    const tar = rawTar({ name: "./", type: "5" }, { name: "./b/c.txt", body: "c" }, { name: "a.txt", body: "a" });
    const tree = await unpackArchive(gzipSync(tar));
    expect(tree.bytes).toBe(2);
    expect(tree.files.map(({ path }) => path)).toEqual(["b/c.txt", "a.txt"]);
  });

  test("may use a pax path", async () => {
    const tree = await unpackArchive(gzipSync(rawTar(pax({ path: "x/y.txt" }), { name: "short", body: "1" })));
    expect(tree.files.map(({ path }) => path)).toEqual(["x/y.txt"]);
  });
});

const file: RawEntry = { name: "a.txt", body: "a" };

describe("a hostile archive is refused", () => {
  test.each<readonly [string, readonly RawEntry[]]>([
    ["absolute path", [{ name: "/etc/passwd" }]],
    ["drive letter", [{ name: "C:/windows/x" }]],
    ["parent folder", [{ name: "../x" }]],
    ["parent folder inside", [{ name: "a/../../x" }]],
    ["parent folder at the end", [{ name: "a/.." }]],
    ["backslash", [{ name: "a\\..\\x" }]],
    ["control character", [{ name: "a\nb" }]],
    ["escape sequence", [{ name: "a\u001b[31m" }]],
    ["invalid UTF-8", [{ name: "a\u00ff.txt" }]],
    ["empty part", [{ name: "a//b" }]],
    ["dot part", [{ name: "a/./b" }]],
    ["no name", [{ name: "", body: "x" }]],
    ["file named like a folder", [{ name: "./", body: "x" }]],
    ["symbolic link", [{ name: "a", type: "2", link: "/etc/passwd" }]],
    ["hard link", [file, { name: "b", type: "1", link: "a.txt" }]],
    ["character device", [{ name: "a", type: "3" }]],
    ["block device", [{ name: "a", type: "4" }]],
    ["fifo", [{ name: "a", type: "6" }]],
    ["contiguous file", [{ name: "a", type: "7" }]],
    ["unknown type", [{ name: "a", type: "S" }]],
    ["folder with content", [{ name: "a", type: "5", body: "x".repeat(512) }, file]],
    ["same path twice", [file, file]],
    ["same path in another case", [file, { name: "A.TXT" }]],
    ["same path in another normalization", [{ name: utf8("é.txt") }, { name: utf8("e\u0301.txt") }]],
    ["file below a file", [file, { name: "a.txt/b" }]],
    ["file over a folder", [{ name: "a/b" }, { name: "a" }]],
    ["folder over a file in another case", [file, { name: "A.txt/", type: "5" }]],
    ["pax path that leaves", [pax({ path: "../../x" }), file]],
    ["pax path that is absolute", [pax({ path: "/x" }), file]],
    ["pax size", [pax({ size: "1" }), file]],
    ["pax link", [pax({ linkpath: "/etc/passwd" }), file]],
    ["pax sparse file", [pax({ "GNU.sparse.realsize": "99999999" }), file]],
    ["GNU long name that leaves", [{ name: "L", type: "L", body: "../../../x\0" }, file]],
    ["path in a global pax header", [{ ...pax({ path: "b" }), type: "g" }, pax({ comment: "c" }), file, pax({}), file]],
    ["too long a path", [pax({ path: `${"d/".repeat(30)}${"x".repeat(960)}` }), file]],
    ["too deep a path", [pax({ path: `${"d/".repeat(64)}x` }), file]],
    ["a huge declared size", [{ name: "a", size: 0o77777777777 }]],
    ["no files at all", [{ name: "a", type: "5" }]],
    ["nothing", []],
  ])("%s", async (_, entries) => {
    await expect(unpackArchive(gzipSync(rawTar(...entries)))).rejects.toMatchObject({ reason: "ARCHIVE_REFUSED" });
  });

  test("bytes that are no gzip, no tar, cut short or altered", async () => {
    const whole = gzipSync(rawTar({ name: "a", body: "x".repeat(10_000) }));
    const altered = Buffer.from(whole);
    altered.writeUInt8(altered.readUInt8(altered.length - 5) ^ 1, altered.length - 5);
    const cutTar = gzipSync(rawTar({ name: "a", body: "x".repeat(10_000) }).subarray(0, 3_000));
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from("hello"),
      gzipSync("x".repeat(2_000)),
      whole.subarray(0, 60),
      altered,
      cutTar,
    ]) {
      await expect(unpackArchive(bytes)).rejects.toMatchObject({ reason: "ARCHIVE_REFUSED" });
    }
  });

  test("more files or bytes than the limits", async () => {
    const tar = gzipSync(rawTar({ name: "a", body: "xx" }, { name: "b", body: "xx" }));
    await expect(unpackArchive(tar, { ...UNPACK_LIMITS, maxFiles: 1 })).rejects.toThrow("more than 1 files");
    await expect(unpackArchive(tar, { ...UNPACK_LIMITS, maxBytes: 3 })).rejects.toThrow("unpacks to more than");
    await expect(unpackArchive(tar, { ...UNPACK_LIMITS, maxFiles: 2, maxBytes: 4 })).resolves.toMatchObject({
      bytes: 4,
    });
  });

  test("folders without end", async () => {
    const folders = Array.from({ length: 5 }, (_, index) => ({ name: `d${index}`, type: "5" }));
    await expect(unpackArchive(gzipSync(rawTar(...folders)), { ...UNPACK_LIMITS, maxFiles: 2 })).rejects.toThrow(
      "files",
    );
  });

  test("a bomb of zeros, at the cost of a few megabytes", async () => {
    const bomb = gzipSync(Buffer.concat([rawTar(file), Buffer.alloc(64 * 1024 * 1024)]));
    expect(bomb.length).toBeLessThan(100_000);
    await expect(unpackArchive(bomb)).rejects.toThrow("inflates to far more");
  });

  test("a bomb of extended headers", async () => {
    const header = { name: "pax", type: "x", body: Buffer.alloc(3 * 1024 * 1024, "9 a=bcde\n") };
    await expect(unpackArchive(gzipSync(rawTar(header, header, file)))).rejects.toThrow("inflates to far more");
  });

  test("one that takes longer than its time", async () => {
    const tar = gzipSync(rawTar(file));
    await expect(unpackArchive(tar, { ...UNPACK_LIMITS, timeoutMs: -1 })).rejects.toThrow("took too long");
    await expect(unpackArchive(tar, UNPACK_LIMITS, AbortSignal.abort())).rejects.toMatchObject({ reason: "CANCELED" });
  });
});
