import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

// How much has to come over the wire before a screen is there, as the browser would load it.

interface Chunk {
  readonly file: string;
  readonly name?: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}
type Manifest = Readonly<Record<string, Chunk>>;

const DIST = fileURLToPath(new URL("../../../apps/console/dist/", import.meta.url));
const MAX_PATH = 150_000;
const MAX_ENTRY = 125_000;
const MAX_ROUTE = 60_000;

const sizes = new Map<string, number>();
const manifest: Manifest = JSON.parse(readFileSync(`${DIST}manifest.json`, "utf8"));

function sizeOf(file: string): number {
  const known = sizes.get(file) ?? gzipSync(readFileSync(`${DIST}${file}`), { level: 9 }).length;
  sizes.set(file, known);
  return known;
}

/** The scripts that `key` cannot run without: its own and what they import, each once. */
function scriptsOf(all: Manifest, key: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  const chunk = all[key];
  if (chunk === undefined) throw new Error(`the manifest names ${key} and does not have it`);
  if (seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const each of chunk.imports ?? []) scriptsOf(all, each, seen);
  return seen;
}

interface Overrun {
  readonly what: string;
  readonly bytes: number;
  readonly most: number;
  readonly files: readonly string[];
}

/** Everything that is larger than it may be, with what it is made of, the largest file first. */
function overruns(all: Manifest, size: (file: string) => number): readonly Overrun[] {
  const [entryKey, entry] = Object.entries(all).find(([, { isEntry }]) => isEntry === true) ?? [];
  if (entryKey === undefined || entry === undefined) throw new Error("the manifest has no entry");
  const shell = scriptsOf(all, entryKey);
  const screens = (entry.dynamicImports ?? []).filter((key) => key.startsWith("screens/"));
  const routes = screens.flatMap((key) => {
    const path = new Set([...shell, ...scriptsOf(all, key)]);
    return [
      { what: `${key} with the shell`, files: [...path], most: MAX_PATH },
      { what: key, files: [...path].filter((file) => !shell.has(file)), most: MAX_ROUTE },
    ];
  });
  return [{ what: "the shell", files: [...shell], most: MAX_ENTRY }, ...routes].flatMap(({ what, files, most }) => {
    const bytes = files.reduce((sum, file) => sum + size(file), 0);
    if (bytes <= most) return [];
    const listed = files.toSorted((a, b) => size(b) - size(a)).map((file) => `${file} ${size(file)}`);
    return [{ what, bytes, most, files: listed }];
  });
}

test("every screen is within its budget", () => {
  const entry = Object.values(manifest).find(({ isEntry }) => isEntry === true);
  const screens = (entry?.dynamicImports ?? []).filter((key) => key.startsWith("screens/"));
  expect(screens.length).toBeGreaterThanOrEqual(18);
  expect(overruns(manifest, sizeOf)).toEqual([]);
});

test("a screen that grew beyond it is named with what it is made of", () => {
  const grown: Manifest = {
    "index.html": {
      file: "index.js",
      isEntry: true,
      imports: ["react"],
      dynamicImports: ["screens/a.tsx", "_lazy.ts"],
    },
    react: { file: "react.js" },
    "screens/a.tsx": { file: "a.js", imports: ["react", "chart"] },
    chart: { file: "chart.js", imports: ["screens/a.tsx"] },
    "_lazy.ts": { file: "lazy.js" },
  };
  const size = (file: string): number => (file === "chart.js" ? MAX_ROUTE : 70_000);
  expect(overruns(grown, size).map(({ what, bytes }) => [what, bytes])).toEqual([
    ["the shell", 140_000],
    ["screens/a.tsx with the shell", 270_000],
    ["screens/a.tsx", 130_000],
  ]);
  expect(overruns(grown, size)[2]?.files).toEqual(["a.js 70000", "chart.js 60000"]);
});

test("nothing is built that a strict policy would refuse: no inline script, no handler, no code from text", () => {
  const page = readFileSync(`${DIST}index.html`, "utf8");
  expect(page).not.toMatch(/<script(?![^>]*\ssrc=)/i);
  expect(page).not.toMatch(/\son\w+\s*=|javascript:|<style|\sstyle\s*=|https?:\/\//i);
  const scripts = readdirSync(`${DIST}assets`).filter((name) => name.endsWith(".js"));
  expect(scripts.length).toBeGreaterThan(18);
  const refused = scripts.filter((name) => REFUSED.test(readFileSync(`${DIST}assets/${name}`, "utf8")));
  expect(refused).toEqual([]);
  for (const bad of ["eval('1')", "new Function('a')", "Function(`return this`)()", "setTimeout('go()',1)"]) {
    expect(REFUSED.test(bad), bad).toBe(true);
  }
});

/** `x.eval(` is somebody's method, not the language's. */
const REFUSED = /(?<![\w$.])eval\s*\(|\bnew\s+Function\b|(?<![\w$.])Function\s*\(\s*["'`]|\bsetTimeout\s*\(\s*["'`]/;
