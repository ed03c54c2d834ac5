import { createHash } from "node:crypto";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SKILL_CALL_METADATA } from "@berth/protocol";
import { GREET } from "./package-registry.ts";

const EXAMPLES = fileURLToPath(new URL("../../../examples", import.meta.url));
const SMALL_GO = fileURLToPath(new URL("small-go", import.meta.url));

/** A source of some kind, and how one hears that it runs. */
export interface Project {
  /** Writes the source to a new folder. */
  write(folder: string): Promise<void>;
  /** The message that is sent to it, without its id and role. */
  readonly message: object;
  /** Is in what it answers. */
  readonly answer: string;
  /** How the log says that it is built. */
  readonly buildpack: string;
}

export type Kind = "TypeScript" | "JavaScript" | "plain A2A" | "Python" | "Rust" | "Go" | "pages";

type Files = Readonly<Record<string, string>>;

const HELLO = { parts: [{ text: "berth" }] };

function example(name: string): Project["write"] {
  const filter = (path: string): boolean => !path.includes("node_modules");
  return async (folder) => await cp(join(EXAMPLES, name), folder, { recursive: true, filter });
}

function files(all: Files): Project["write"] {
  return async (folder) => {
    for (const [path, text] of Object.entries(all)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  };
}

const TYPESCRIPT: Files = {
  "package.json": JSON.stringify({ type: "module", main: "agent.ts", dependencies: { "@berth/sdk": "0.1.0" } }),
  "agent.ts": `import { defineAgent, skill } from "@berth/sdk";
export default defineAgent({
  name: "typed", version: "1.0.0", description: "Greets.",
  skills: { greet: skill({ description: "Greets", tags: ["hello"], async run() { return { greeting: "hello from TypeScript" }; } }) },
});
`,
};

/** With a package of a registry, in the version that the lock file says and the range alone would not give. */
const WITH_DEPENDENCY: Files = {
  "package.json": JSON.stringify({ name: "locked", main: "server.js", dependencies: { greet: "^1.0.0" } }),
  "package-lock.json": JSON.stringify({
    name: "locked",
    lockfileVersion: 3,
    requires: true,
    packages: {
      "": { name: "locked", dependencies: { greet: "^1.0.0" } },
      "node_modules/greet": {
        version: "1.2.0",
        integrity: `sha512-${createHash("sha512").update(GREET["1.2.0"]).digest("base64")}`,
      },
    },
  }),
  "server.js": `const { createServer } = require("node:http");
const { greet } = require("greet");
const card = { name: "locked", description: "Greets.", version: "1.0.0",
  supportedInterfaces: [{ url: "http://localhost/", protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: {}, defaultInputModes: ["text/plain"], defaultOutputModes: ["text/plain"],
  skills: [{ id: "greet", name: "greet", description: "Greets.", tags: ["hello"] }] };
createServer(async (request, response) => {
  response.setHeader("content-type", "application/json");
  if (request.method === "GET") return response.end(JSON.stringify(card));
  let text = "";
  for await (const chunk of request) text += chunk;
  const message = { messageId: "m", role: "ROLE_AGENT", parts: [{ text: greet("you") }] };
  response.end(JSON.stringify({ jsonrpc: "2.0", id: JSON.parse(text).id, result: { message } }));
}).listen(Number(process.env.PORT), "localhost");
`,
};

/** By the name under which the tests speak of them. */
export const PROJECTS: Readonly<Record<Kind, Project>> = {
  TypeScript: {
    write: files(TYPESCRIPT),
    message: { parts: [{ data: {} }], metadata: { [SKILL_CALL_METADATA]: { skill: "greet" } } },
    answer: "hello from TypeScript",
    buildpack: "node",
  },
  /** With a dependency, locked. */
  JavaScript: {
    write: files(WITH_DEPENDENCY),
    message: HELLO,
    answer: "greet 1.2.0 greets you",
    buildpack: "node",
  },
  "plain A2A": { write: example("plain-a2a-server"), message: HELLO, answer: "htreb", buildpack: "node" },
  Python: {
    write: example("python-stdlib"),
    message: HELLO,
    answer: "1 words in 1 sentence",
    buildpack: "python",
  },
  Rust: {
    write: example("wasm-text"),
    message: {
      parts: [{ data: { text: "Write to ada@example.com" } }],
      metadata: { [SKILL_CALL_METADATA]: { skill: "redact" } },
    },
    answer: "Write to ███",
    buildpack: "rust",
  },
  Go: {
    write: async (folder) => await cp(SMALL_GO, folder, { recursive: true }),
    message: HELLO,
    answer: "hello from Go",
    buildpack: "go",
  },
  pages: {
    write: files({ "index.html": "<!doctype html><title>Tide tables</title><p>High water</p>" }),
    message: HELLO,
    answer: "Tide tables: a web app",
    buildpack: "static",
  },
};

/** On an image of the platform's own registry. */
export function dockerfile(base: string): Project {
  const text = `FROM ${base}\nENV GREETER=buildah\nUSER 65532:65532\nEXPOSE 8080\nENTRYPOINT ["/app/agent"]\n`;
  return { write: files({ Dockerfile: text }), message: HELLO, answer: "hello from buildah", buildpack: "dockerfile" };
}
