import type { ReleaseProgram } from "@berth/protocol";
import type { ReleaseFile } from "./release-digest.ts";

/** How the release came to be, for its provenance and its bill of materials. */
export interface BuildFacts {
  /** Such as `node`, `python`, `go`, `rust-wasm`, `script-wasm`, `wasm`, `static`, `dockerfile`, `image`. */
  readonly buildpack: string;
  /** Versions of what built it: `{ node: "26.10.0", esbuild: "0.28.2" }`. */
  readonly tools: { readonly [name: string]: string };
  /** What of others is in it: purl, and its digest where it is known. */
  readonly packages: readonly PackageFact[];
}

export interface PackageFact {
  readonly purl: string;
  /** `sha256:<hex>` or `sha512:<hex>`, of what the registry has. */
  readonly digest?: string;
  readonly licence?: string;
}

/** What a buildpack makes of a folder. */
export interface BuiltFiles {
  readonly files: readonly ReleaseFile[];
  readonly entry: string;
  /** What the agent's code consists of, for the log. */
  readonly what: string;
  readonly program?: ReleaseProgram;
  readonly facts: BuildFacts;
}
