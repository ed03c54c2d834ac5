import { importsOf } from "./rows.ts";
import type { SourceFile } from "./rows.ts";

/** What may open connections by itself, and why that is no way round the one client for addresses of strangers. */
const MAY_CONNECT: Readonly<Record<string, string>> = {
  "packages/runtime/src/outbound/": "is that client",
  "packages/runtime/src/egress/": "agents' proxy: it resolves, checks and pins by the same address policy",
  "packages/runtime/src/container/engine-client.ts": "the unix socket of a container engine on this machine",
  "packages/runtime/src/connectors/instance-client.ts": "unix sockets of agents that run here",
  "packages/runtime/src/connectors/attached-services.ts": "a pair of streams inside this process",
  "packages/runtime/src/driver/readiness.ts": "unix sockets of agents that run here",
  "packages/deploy/src/build/jail/registry-bridge.mjs": "the registries' gate, from inside a build's jail",
  "packages/runtime/src/bridge/zygote.mjs": "the platform's socket and its own, from inside the jail",
  "packages/runtime/src/wasm/host-client.ts": "the unix socket of an organization's WebAssembly process",
  "packages/runtime/src/wasm/host/services-client.ts": "the services socket, from inside the jail",
  "packages/runtime/src/wasm/egress-fetch.ts":
    "the unix socket of the agent's own egress proxy, which checks addresses",
  "packages/deploy/src/git/way-out.mjs":
    "from inside git's jail to the socket of a tunnel that the outbound client has opened",
  "packages/control/src/targets/google-tokens.ts":
    "Google's own library: it asks Google, or this machine's metadata server, for tokens of the platform's identity",
  "packages/gateway/src/oauth/outbound-fetch.ts": "dresses that client up as the fetch that libraries ask for",
  "packages/gateway/src/conformance/inner-door.ts": "a pair of streams inside this process",
  "packages/sdk/src/": "runs where callers and agents are, not in the platform",
  "packages/testing/": "for tests",
  "apps/cli/src/": "runs at a person's, and calls the platform that they named",
  "apps/console/": "runs in a browser",
};

const CLIENT_MODULES: ReadonlySet<string> = new Set([
  "undici",
  "node:http2",
  "node:dgram",
  "node:dns",
  "node:dns/promises",
  "google-auth-library",
]);
const SERVER_AND_CLIENT: ReadonlySet<string> = new Set(["node:http", "node:https", "node:net", "node:tls"]);
const CLIENT_NAMES = /\b(?:request|get|connect|createConnection|Agent|ClientRequest|globalAgent)\b/;

/** One line per way of opening a connection in a file that may not. */
export function connectionViolations(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter(({ path }) => !Object.keys(MAY_CONNECT).some((allowed) => path.startsWith(allowed)))
    .flatMap(({ path, text }) => waysOut(text).map((way) => `${path}: ${way}`));
}

/** Entries that nothing needs any more would be doors that nobody watches. */
export function unusedEntries(files: readonly SourceFile[]): readonly string[] {
  return Object.keys(MAY_CONNECT)
    .filter((entry) => entry.includes("/src/") && !entry.startsWith("apps/"))
    .filter((entry) => !files.some(({ path, text }) => path.startsWith(entry) && waysOut(text).length > 0));
}

function waysOut(text: string): readonly string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const found: string[] = [];
  if (/(?<![.#\w])fetch\(|globalThis\.fetch|new (?:WebSocket|EventSource)\b/.test(code)) found.push("calls fetch");
  for (const module of new Set(importsOf(code))) {
    if (CLIENT_MODULES.has(module) && !isTypeOnly(code, module)) found.push(`imports ${module}`);
    if (SERVER_AND_CLIENT.has(module) && importedNames(code, module).some((names) => CLIENT_NAMES.test(names))) {
      found.push(`takes a client from ${module}`);
    }
  }
  return found;
}

function isTypeOnly(code: string, module: string): boolean {
  return importedNames(code, module).length === 0 && !new RegExp(`import\\(\\s*["']${module}["']`).test(code);
}

/** What stands between `import` and `from`, of imports that are more than types. A whole namespace counts as everything. */
function importedNames(code: string, module: string): readonly string[] {
  const statements = code.matchAll(new RegExp(`^import\\s+(?!type\\b)([^"';]*?)\\s+from\\s+["']${module}["']`, "gm"));
  const names = [...statements].map(([, clause = ""]) => (clause.includes("{") ? clause : "request"));
  return new RegExp(`import\\(\\s*["']${module}["']`).test(code) ? [...names, "request"] : names;
}
