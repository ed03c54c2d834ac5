import { posix, win32 } from "node:path";
import { array, assert, constantFrom, oneof, pre, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { compileGlobs } from "./path-glob.ts";
import { isBelow, parsePathPrefix, parseWorkspacePath, pathObjection } from "./workspace-path.ts";

const isPath = (text: string): boolean => pathObjection(text) === undefined;

describe("parseWorkspacePath", () => {
  it.each([
    "a",
    "data/2026/report.csv",
    ".env",
    "...a",
    "a..b/c",
    "Übersicht/日本語/😀.txt",
    "میخواهم\u200c.txt",
    "👩\u200d💻.txt",
    "100%.csv",
    "50% off",
    "a b.txt",
    "10:30.log",
    "console.log",
    "com10",
    "x".repeat(255),
    Array.from({ length: 32 }, () => "d").join("/"),
  ])("gives %j back as it is", (path) => {
    expect(parseWorkspacePath(path)).toBe(path);
  });

  it.each([
    ["no text", undefined],
    ["a number", 1],
    ["an empty path", ""],
    ["a leading /", "/etc/passwd"],
    ["a trailing /", "a/"],
    ["an empty segment", "a//b"],
    [".", "./a"],
    ["..", "a/../../b"],
    ["NUL", "a\u0000.csv"],
    ["a line feed", "a\nb"],
    ["DEL", "a\u007f"],
    ["C1", "a\u0085b"],
    ["a bidi override", "a\u202egpj.exe"],
    ["a bidi isolate", "a\u2066b"],
    ["an Arabic letter mark", "a\u061cb"],
    ["a zero-width space", "a\u200bb"],
    ["a byte order mark", "\ufeffa"],
    ["a line separator", "a\u2028b"],
    ["tag characters", "a\u{e0041}"],
    ["private use", "a\ue000"],
    ["an unassigned character", "a\u{e01f0}"],
    ["half a surrogate pair", "a\ud800"],
    ["the wrong half first", "\udc00\ud800"],
    ["decomposed text", "cafe\u0301"],
    ["a backslash", "a\\b"],
    ["a wildcard", "a*"],
    ["a question mark", "a?"],
    ["a trailing space", "a /b"],
    ["a trailing dot", "a./b"],
    ["three dots", "a/.../b"],
    ["a drive letter", "C:/Windows"],
    ["a drive letter without a slash", "c:x"],
    ["a device name", "CON"],
    ["a device name with an extension", "a/nul.txt"],
    ["a device name with a stream", "aux:x"],
    ["a device name with spaces", "com1 .txt"],
    ["a device name with a superscript digit", "lpt¹"],
    ["CONIN$", "conin$"],
    ["percent-encoded dots", "%2e%2e/a"],
    ["twice encoded", "%252e%252e/a"],
    ["an overlong encoding", "%c0%ae%c0%ae"],
    ["fullwidth dots", "．．/a"],
    ["one-dot leaders", "․․/a"],
    ["a two-dot leader", "‥/a"],
    ["a fullwidth slash", "a／b"],
    ["a fullwidth backslash", "a＼b"],
    ["a small backslash", "a﹨b"],
    ["account of", "℀"],
    ["fullwidth letters of a device", "ＣＯＮ"],
    ["a fullwidth percent sign", "％2e"],
    ["a fullwidth asterisk", "a＊"],
    ["a no-break space at the end", "a\u00a0"],
    ["a segment of 256 bytes", "x".repeat(256)],
    ["a segment of 256 bytes in fewer characters", "é".repeat(128)],
    ["1,025 bytes", `${"x".repeat(204)}/`.repeat(5).slice(0, -1) + "x"],
    ["33 segments", Array.from({ length: 33 }, () => "d").join("/")],
  ])("refuses %s", (_name, path) => {
    expect(() => parseWorkspacePath(path)).toThrow(expect.objectContaining({ reason: "PATH_INVALID" }));
  });

  it("counts bytes as UTF-8 has them", () => {
    for (const character of ["a", "é", "日", "😀"]) {
      const bytes = Buffer.byteLength(character);
      expect(isPath(character.repeat(Math.floor(255 / bytes)))).toBe(true);
      expect(isPath(character.repeat(Math.floor(255 / bytes) + 1))).toBe(false);
    }
  });

  it("takes a path for a glob that matches itself alone", () => {
    assert(
      property(
        array(string({ unit: "grapheme", minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 }),
        (segments) => {
          const path = segments.join("/");
          pre(isPath(path));
          const glob = compileGlobs([path]);
          expect([glob.matches(path), glob.matches(`${path}x`), glob.matches(`${path}/x`)]).toEqual([
            true,
            false,
            false,
          ]);
        },
      ),
    );
  });
});

// Every way to write "up", every way to write a separator, around things worth reaching.
const DOTS = [
  ".",
  "..",
  "...",
  "....",
  "%2e",
  "%2e%2e",
  "%2E.",
  ".%2e",
  "%252e%252e",
  "%c0%ae%c0%ae",
  "%e0%80%ae.",
  "%u002e%u002e",
  "&#46;&#46;",
  "․․",
  "‥",
  "．．",
  "。。",
  "..\u0000",
  "..;",
  ".. ",
  "..\u200b",
  "\u202e..",
  "..%00",
  "..%0d",
  "\\.\\.",
];
const SEPARATORS = [
  "/",
  "//",
  "\\",
  "/./",
  "%2f",
  "%2F",
  "%5c",
  "%252f",
  "%c0%af",
  "%e0%80%af",
  "%u2215",
  "∕",
  "⁄",
  "／",
  "＼",
  "\u0000/",
  "/\\",
];
const TARGETS = [
  "etc/passwd",
  "etc/shadow",
  "proc/self/environ",
  "root/.ssh/id_rsa",
  "windows/win.ini",
  "boot.ini",
  "CON",
  "nul.txt",
  "com1",
  "lpt9.txt",
  "outputs/run_10/x",
  "etc/passwd\u0000.csv",
  "etc/passwd%00.csv",
  "secret\u202evsc.txt",
  "x",
];
const STARTS = [
  "",
  "/",
  "//",
  "\\",
  "\\\\host\\share\\",
  "C:",
  "C:/",
  "C:\\",
  "file:///",
  "~/",
  "./",
  "outputs/run_1/",
  "data/",
  "\u0000",
];
const DEPTHS = [1, 2, 3, 8];

function* payloads(): Generator<string> {
  for (const dots of DOTS) {
    for (const separator of SEPARATORS) {
      for (const target of TARGETS) {
        for (const start of STARTS) for (const depth of DEPTHS) yield start + (dots + separator).repeat(depth) + target;
      }
    }
  }
}

/** What a careless reader could make of it further down: decoded, folded, with other separators. */
function readings(path: string): readonly string[] {
  const forms = [path, path.normalize("NFKC"), path.normalize("NFD")];
  const found = new Set(forms);
  for (const text of forms) {
    try {
      found.add(decodeURIComponent(text));
    } catch {
      // Not an encoding: nobody can decode it.
    }
  }
  return [...found];
}

function escapes(path: string): boolean {
  return readings(path).some((reading) => {
    const onPosix = posix.resolve("/root/ws", reading);
    const onWindows = win32.resolve("C:\\root\\ws", reading);
    return !onPosix.startsWith("/root/ws/") || !onWindows.startsWith("C:\\root\\ws\\") || reading.includes("\u0000");
  });
}

it("lets none of more than 30,000 traversals escape, however it is read further down", () => {
  let count = 0;
  let refused = 0;
  const escaped: string[] = [];
  for (const payload of payloads()) {
    count += 1;
    if (!isPath(payload)) refused += 1;
    // A name that looks odd and leads nowhere may stay, but not into another run's folder.
    else if (escapes(payload) || isBelow("outputs/run_10/", payload)) escaped.push(payload);
  }
  expect(count).toBeGreaterThan(30_000);
  expect(escaped).toEqual([]);
  expect(refused / count).toBeGreaterThan(0.85);
});

it("lets no random text escape", () => {
  const part = oneof(
    constantFrom(...DOTS, ...SEPARATORS, ...STARTS, "a", "b"),
    string({ unit: "binary", maxLength: 3 }),
  );
  assert(
    property(array(part, { maxLength: 8 }), (parts) => {
      const text = parts.join("");
      expect(isPath(text) && escapes(text)).toBe(false);
    }),
    { numRuns: 5_000 },
  );
});

describe("a prefix", () => {
  it("ends with a slash and is a path before it", () => {
    expect(parsePathPrefix("outputs/run_1/")).toBe("outputs/run_1/");
    for (const text of ["", "/", "a", "../", "a//", "/a/", "a*/", `${"x".repeat(1_024)}/`, 1, undefined]) {
      expect(() => parsePathPrefix(text)).toThrow(expect.objectContaining({ reason: "PATH_INVALID" }));
    }
  });

  it("has below it what lies below it by whole segments", () => {
    expect(isBelow("outputs/run_1/", "outputs/run_1/x")).toBe(true);
    expect(isBelow("outputs/run_1/", "outputs/run_1/x/y")).toBe(true);
    expect(isBelow("outputs/run_1/", "outputs/run_10/x")).toBe(false);
    expect(isBelow("outputs/run_1", "outputs/run_10/x")).toBe(false);
    expect(isBelow("outputs/run_1/", "outputs/run_1")).toBe(false);
    expect(isBelow("outputs/run_1/", "outputs/run_1/")).toBe(false);
    expect(isBelow("a/", "b/a/x")).toBe(false);
    expect(isBelow("", "a")).toBe(false);
    expect(isBelow("/", "/a")).toBe(false);
  });
});
