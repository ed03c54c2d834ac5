import type { TsconfigRaw } from "esbuild";

type CompilerOptions = NonNullable<TsconfigRaw["compilerOptions"]>;

/**
 * The few compiler options that change what a bundle does. The file itself is never handed to esbuild: its `extends`
 * may name any file of this machine.
 */
export function parseTsconfig(text: string): TsconfigRaw {
  const parsed = parseJsonc(text);
  const options = isRecord(parsed) && isRecord(parsed.compilerOptions) ? parsed.compilerOptions : {};
  const safe: CompilerOptions = {};
  const jsx = ["preserve", "react-native", "react", "react-jsx", "react-jsxdev"] as const;
  const found = jsx.find((value) => value === options.jsx);
  if (found !== undefined) safe.jsx = found;
  for (const key of ["jsxFactory", "jsxFragmentFactory", "jsxImportSource"] as const) {
    const value = options[key];
    if (typeof value === "string") safe[key] = value;
  }
  for (const key of ["experimentalDecorators", "useDefineForClassFields", "verbatimModuleSyntax"] as const) {
    const value = options[key];
    if (typeof value === "boolean") safe[key] = value;
  }
  if (isRecord(options.paths)) safe.paths = safePaths(options.paths, options.baseUrl);
  return { compilerOptions: safe };
}

/** Targets relative to the folder that stay in it; others are dropped, and their imports do not resolve. */
function safePaths(paths: Record<string, unknown>, baseUrl: unknown): Record<string, string[]> {
  const base = typeof baseUrl === "string" ? baseUrl.replace(/^\.\/?/, "").replace(/\/$/, "") : "";
  const entries = Object.entries(paths).map(([pattern, targets]): [string, string[]] => {
    const strings = Array.isArray(targets) ? targets.filter((target) => typeof target === "string") : [];
    const joined = strings.map((target) => `./${base === "" ? "" : `${base}/`}${target.replace(/^\.\//, "")}`);
    return [pattern, joined.filter((target) => !target.split("/").includes(".."))];
  });
  return Object.fromEntries(entries.filter(([, targets]) => targets.length > 0));
}

/** JSON with comments and trailing commas; undefined when it is not even that. */
function parseJsonc(text: string): unknown {
  // Strings are matched first, so that what looks like a comment inside one is kept.
  const withoutComments = text.replaceAll(
    /("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (_, string) => string ?? "",
  );
  const json = withoutComments.replaceAll(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, (_, string) => string ?? "");
  try {
    return JSON.parse(json.replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
