import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ignore from "ignore";
import type { Ignore } from "ignore";

/** The rules of one folder and of those above it; the nearest file that says anything decides, as git does it. */
export interface IgnoreRules {
  /** `path`: relative to the root, `/` between the parts. */
  ignores(path: string, kind: "file" | "folder"): boolean;
  /** The rules inside the folder `path`, which may hold ignore files of its own. */
  enter(path: string): Promise<IgnoreRules>;
}

/** `.berthignore` is read after `.gitignore`, so it can take back what git leaves out. */
const RULE_FILES = [".gitignore", ".berthignore"] as const;
const MAX_RULE_BYTES = 1024 * 1024;

interface Layer {
  /** "" or a folder with its trailing slash. */
  readonly prefix: string;
  readonly rules: Ignore;
}

export async function openIgnoreRules(root: string): Promise<IgnoreRules> {
  return rulesOf(root, await withLayer([], root, ""));
}

function rulesOf(root: string, layers: readonly Layer[]): IgnoreRules {
  return {
    ignores(path, kind) {
      for (const { prefix, rules } of layers.toReversed()) {
        const inside = path.slice(prefix.length) + (kind === "folder" ? "/" : "");
        const verdict = rules.test(inside);
        if (verdict.ignored) return true;
        if (verdict.unignored) return false;
      }
      return false;
    },
    enter: async (path) => rulesOf(root, await withLayer(layers, root, `${path}/`)),
  };
}

async function withLayer(layers: readonly Layer[], root: string, prefix: string): Promise<readonly Layer[]> {
  const texts = await Promise.all(RULE_FILES.map((name) => readRules(join(root, prefix, name))));
  const text = texts.join("\n").trim();
  if (text === "") return layers;
  return [...layers, { prefix, rules: ignore({ ignorecase: false }).add(text) }];
}

async function readRules(file: string): Promise<string> {
  try {
    const text = await readFile(file, "utf8");
    return text.length > MAX_RULE_BYTES ? "" : text;
  } catch {
    // Absent, a folder of that name, or unreadable: no rules. An unreadable file is reported when it is packed.
    return "";
  }
}
