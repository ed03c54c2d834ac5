import { posix } from "node:path";

/** What runs first: small, so that the bundle beside the author's entry can keep its relative paths. */
export const STUB_PATH = "agent.mjs";

/**
 * The bundle lies where the entry lay, so `new URL("../data/x.csv", import.meta.url)` still finds the file. At the root
 * the stub has the name already.
 */
export function bundlePathOf(entry: string): string {
  const folder = posix.dirname(entry);
  return folder === "." ? "agent.bundle.mjs" : `${folder}/agent.bundle.mjs`;
}

/**
 * The process starts here. Source maps are on so that a stack in the agent's log names the author's lines. argv[1] names the bundle, for servers that listen only when
 * `import.meta.url === pathToFileURL(process.argv[1]).href`.
 */
export function stubSource(bundlePath: string): string {
  const specifier = JSON.stringify(`./${bundlePath}`);
  return [
    'import { fileURLToPath } from "node:url";',
    "process.setSourceMapsEnabled(true);",
    `const bundle = new URL(${specifier}, import.meta.url);`,
    "process.argv[1] = fileURLToPath(bundle);",
    "await import(bundle.href);",
    "",
  ].join("\n");
}

/** The bundle's own entry: an agent of the SDK is told to serve, any other program listens by itself. */
export function launcherSource(entry: string): string {
  const specifier = JSON.stringify(`./${posix.basename(entry)}`);
  return [
    `import * as entry from ${specifier};`,
    'const agent = entry["default"];',
    'const serve = agent?.[Symbol.for("berth.agent.serve")];',
    'if (typeof serve === "function") await serve.call(agent);',
    "",
  ].join("\n");
}

/** The same for WebAssembly. The SDK's part comes first, so that it is there to tell what the entry throws. */
export function guestLauncherSource(entry: string): string {
  const specifier = JSON.stringify(`./${posix.basename(entry)}`);
  return `import { openGuest } from "@berth/sdk/guest";\nimport * as entry from ${specifier};\nopenGuest(entry["default"]);\n`;
}

export const GUEST_BANNER: string = "try {";
export const GUEST_FOOTER: string = "} catch (error) { globalThis.__agent.failed(error); }";

/**
 * CommonJS packages inside an ES module: `require` for what stays outside the bundle (Node's own modules), and the
 * two path variables under names that the author's code cannot have declared.
 */
export const BANNER: string = [
  'import { createRequire as __berthCreateRequire } from "node:module";',
  'import { fileURLToPath as __berthFileURLToPath } from "node:url";',
  "const require = __berthCreateRequire(import.meta.url);",
  "const __berthFilename = __berthFileURLToPath(import.meta.url);",
  'const __berthDirname = __berthFileURLToPath(new URL(".", import.meta.url)).replace(/(?<=.)[\\\\/]$/, "");',
].join("\n");

export const DEFINE: { readonly [name: string]: string } = {
  __dirname: "__berthDirname",
  __filename: "__berthFilename",
};

/** In the entry "am I the program that was started" is true; in a bundle the usual ways to ask say no. */
export function answerMainChecks(source: string): string {
  return source
    .replaceAll(/\brequire\.main\s*===?\s*module\b/g, "true")
    .replaceAll(/\bmodule\s*===?\s*require\.main\b/g, "true")
    .replaceAll(/\bimport\.meta\.main\b/g, "true");
}
