import { PlatformError } from "@berth/protocol";
import type { AgentConfig, Buildpack } from "@berth/protocol";
import { findModule, lookForEntry } from "./find-entry.ts";

/** What makes the release. `image`: nothing does, it is there. */
export type ChosenBuildpack = Buildpack | "image";

export interface Detection {
  readonly buildpack: ChosenBuildpack;
  /** Completes "built as … because …". */
  readonly reason: string;
  /** Of a Dockerfile that is not used: why, and how it would be. */
  readonly warning?: string;
}

export interface DetectHints {
  readonly config: Pick<AgentConfig, "image" | "build" | "entry">;
  /** `main` of package.json. */
  readonly packageMain?: string;
  /** Images can be built here from Dockerfiles. */
  readonly hasEngine: boolean;
}

export const DOCKERFILES: readonly string[] = ["Dockerfile", "Containerfile"];
const PYTHON_FILES: readonly string[] = [
  "pyproject.toml",
  "uv.lock",
  "requirements.txt",
  "main.py",
  "app.py",
  "agent.py",
];
const BY_ENTRY: readonly (readonly [RegExp, Buildpack])[] = [
  [/\.py$/, "python"],
  [/\.go$/, "go"],
  [/(^|\/)Cargo\.toml$/, "rust"],
  [/\.wasm$/, "wasm"],
  [/\.html?$/, "static"],
];

/**
 * How a folder becomes a release. What berth.json says is before what lies there; of what lies there a Dockerfile is the
 * first, as it says everything, where one can be built. A module beside source is the source's.
 * @throws CONFIG_INVALID with what was looked for
 */
export function detectBuildpack(paths: ReadonlySet<string>, hints: DetectHints): Detection {
  const { config, hasEngine } = hints;
  if (config.image !== undefined) return { buildpack: "image", reason: `the image ${config.image} is named` };
  const { use } = config.build ?? {};
  if (use !== undefined) return { buildpack: use, reason: "berth.json says so (build.use)" };
  if (config.build?.dockerfile !== undefined) {
    return { buildpack: "dockerfile", reason: "berth.json says so (build.dockerfile)" };
  }
  const { entry } = config;
  if (entry !== undefined) return { buildpack: byEntry(entry), reason: `berth.json names ${entry} (entry)` };

  const dockerfile = DOCKERFILES.find((name) => paths.has(name));
  const other = bySource(paths, hints);
  if (dockerfile === undefined) {
    if (other !== undefined) return other;
    throw nothingFound();
  }
  if (hasEngine || other === undefined) return { buildpack: "dockerfile", reason: `there is a ${dockerfile}` };
  const warning = `${dockerfile} is not used: nothing here can build images. Install buildah where the platform runs, or set "build": { "use": "${other.buildpack}" } in berth.json to say that this is meant.`;
  return { ...other, warning };
}

function byEntry(entry: string): Buildpack {
  return BY_ENTRY.find(([pattern]) => pattern.test(entry))?.[1] ?? "node";
}

function bySource(paths: ReadonlySet<string>, { packageMain }: DetectHints): Detection | undefined {
  const script = lookForEntry(paths, packageMain === undefined ? {} : { packageMain });
  if (script !== undefined) return { buildpack: "node", reason: `there is ${script}` };
  const python = PYTHON_FILES.find((name) => paths.has(name));
  if (python !== undefined) return { buildpack: "python", reason: `there is ${python}` };
  if (paths.has("go.mod")) return { buildpack: "go", reason: "there is go.mod" };
  if (paths.has("Cargo.toml")) return { buildpack: "rust", reason: "there is Cargo.toml" };
  const module = findModule(paths, undefined);
  if (module !== undefined) return { buildpack: "wasm", reason: `there is ${module}` };
  // A manifest without a file to start from is said to be that, rather than a web page.
  if (paths.has("package.json")) return { buildpack: "node", reason: "there is package.json" };
  if (paths.has("index.html")) return { buildpack: "static", reason: "there is index.html and nothing else to run" };
  return undefined;
}

function nothingFound(): PlatformError {
  const lookedFor = [
    '"image" in berth.json',
    ...DOCKERFILES,
    "src/agent.ts or main of package.json",
    ...PYTHON_FILES,
    "go.mod",
    "Cargo.toml",
    "one *.wasm file",
    "index.html",
  ];
  return new PlatformError("CONFIG_INVALID", "The folder has no agent: nothing to build was found.", {
    hint: `Looked for, in this order: ${lookedFor.join(", ")}. Files that .gitignore or .berthignore name are left out.`,
  });
}
