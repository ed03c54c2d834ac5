import { entryFile } from "./agent-config-values.ts";
import type { Parser } from "./validation/place.ts";
import { isObject } from "./validation/proto-object.ts";
import { listOf, oneOf } from "./validation/values.ts";

/** What makes a release of a folder, in the order in which a folder is looked at. */
export const BUILDPACKS = ["dockerfile", "node", "python", "go", "rust", "wasm", "static"] as const;
export type Buildpack = (typeof BUILDPACKS)[number];

/** How the folder becomes a release; absent: the platform looks. */
export interface AgentBuildConfig {
  readonly use?: Buildpack;
  /** A line for `sh` that is run in the folder first, confined and without a network. What it writes belongs to the source. */
  readonly command?: string;
  /** Default: Dockerfile, then Containerfile. */
  readonly dockerfile?: string;
  /** Of a Dockerfile's ARG. Everybody who has the image sees them. */
  readonly args?: { readonly [name: string]: string };
  /** Names of the organization's secrets: files in /run/secrets while it is built. */
  readonly secrets?: readonly string[];
}

const MAX_ARGS = 64;
const MAX_SECRETS = 16;
const MAX_ARG_LENGTH = 4_096;
const MAX_COMMAND_LENGTH = 2_000;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** A parser per key of `build`. */
export const BUILD_PARSERS: { readonly [K in keyof AgentBuildConfig]-?: Parser<NonNullable<AgentBuildConfig[K]>> } = {
  use: oneOf(BUILDPACKS),
  command: (value, place) =>
    typeof value === "string" && value.trim() !== "" && value.length <= MAX_COMMAND_LENGTH && !value.includes("\0")
      ? value
      : place.report(`must be a line for sh of 1 to ${MAX_COMMAND_LENGTH} characters`),
  dockerfile: entryFile,
  args: (value, place) => {
    if (!isObject(value)) return place.report("must be a JSON object of texts");
    const entries = Object.entries(value);
    if (entries.length > MAX_ARGS) return place.report(`must not have more than ${MAX_ARGS}`);
    const args: [string, string][] = [];
    for (const [name, text] of entries) {
      if (!VARIABLE.test(name)) place.entry(name).report("must be named as a variable is");
      else if (typeof text !== "string" || text.length > MAX_ARG_LENGTH || text.includes("\0")) {
        place.entry(name).report(`must be a text of at most ${MAX_ARG_LENGTH} characters`);
      } else args.push([name, text]);
    }
    return Object.fromEntries(args);
  },
  secrets: listOf(
    (value, place) =>
      typeof value === "string" && VARIABLE.test(value)
        ? value
        : place.report("must be a secret's name, such as NPM_TOKEN"),
    { max: MAX_SECRETS },
  ),
};

const REFERENCE =
  /^(?=.{1,400}$)[a-z0-9][a-z0-9._-]*(?::\d{1,5})?(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

/** Where an image is, as docker and podman write it. */
export const imageReference: Parser<string> = (value, place) =>
  typeof value === "string" && REFERENCE.test(value)
    ? value
    : place.report("must be an image's reference, such as registry.example.com/team/echo:1.0");
