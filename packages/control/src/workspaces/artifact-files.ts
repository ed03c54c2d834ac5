import { pathObjection } from "@berth/protocol";
import type { Artifact, Part } from "@berth/protocol";
import { extensionOf } from "./media-types.ts";

export interface ArtifactFile {
  /** A workspace path below `outputs/<task>/`. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly mediaType: string;
}

/** Of one task. What is beyond stays in the task alone. */
const MAX_FILES = 200;
const MAX_NAME_BYTES = 200;

/** What an agent of our SDK has returned, as it names it. */
const RESULT = "output";

/**
 * Whether an artifact is a file at all. What a skill returns is the answer to its call: a file of each call would bury
 * those that somebody meant to keep.
 */
export function isFile({ artifactId, parts }: Artifact): boolean {
  return artifactId !== RESULT || parts.some(({ text, data }) => text === undefined && data === undefined);
}

/**
 * The artifacts of a task as files: one per part, named after the artifact, or after the part's own file name where it
 * has one. The same artifacts always give the same files. Names come from agents: what cannot stand in a path is
 * replaced, and a name that is taken, in whatever spelling, gets a number.
 */
export function toArtifactFiles(taskId: string, artifacts: readonly Artifact[]): readonly ArtifactFile[] {
  const files: ArtifactFile[] = [];
  const taken = new Set<string>();
  for (const artifact of artifacts.filter(isFile)) {
    for (const [index, part] of joinTexts(artifact.parts).entries()) {
      if (files.length >= MAX_FILES) return files;
      const { content, mediaType } = contentOf(part);
      const name = freeName(nameOf(artifact, part, { index, mediaType }), taken);
      files.push({ path: `outputs/${taskId}/${name}`, content, mediaType });
    }
  }
  return files;
}

/** Text that an agent has streamed is one text. */
function joinTexts(parts: readonly Part[]): readonly Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    const goesOn =
      last?.text !== undefined &&
      part.text !== undefined &&
      last.filename === part.filename &&
      last.mediaType === part.mediaType;
    if (goesOn) joined[joined.length - 1] = { ...last, text: `${last.text}${part.text}` };
    else joined.push(part);
  }
  return joined;
}

function contentOf(part: Part): { readonly content: Uint8Array; readonly mediaType: string } {
  const { text, raw, url, data, mediaType } = part;
  if (raw !== undefined) {
    return { content: Buffer.from(raw, "base64"), mediaType: mediaType ?? "application/octet-stream" };
  }
  if (text !== undefined) return { content: Buffer.from(text), mediaType: mediaType ?? "text/plain" };
  // The address, not what is behind it: nothing is fetched because an agent has named it.
  if (url !== undefined) return { content: Buffer.from(`${url}\n`), mediaType: "text/x-uri" };
  return { content: Buffer.from(`${JSON.stringify(data ?? null, null, 2)}\n`), mediaType: "application/json" };
}

function nameOf(
  artifact: Artifact,
  part: Part,
  { index, mediaType }: { readonly index: number; readonly mediaType: string },
): string {
  const own = part.filename === undefined ? "" : fitting(lastSegment(part.filename));
  const base = own || fitting(lastSegment(artifact.name ?? "")) || fitting(artifact.artifactId) || "artifact";
  const numbered = own === "" && index > 0 ? withNumber(base, index + 1) : base;
  const extension = part.url === undefined ? extensionOf(mediaType) : ".url";
  const hasExtension = /\.[A-Za-z0-9]{1,10}$/.test(numbered);
  return hasExtension && part.url === undefined ? numbered : `${numbered}${extension}`;
}

/** `../../etc/passwd` is about a `passwd`. */
function lastSegment(name: string): string {
  return name.split(/[/\\]/).findLast((segment) => segment !== "") ?? "";
}

/** A segment of a path that is as near to the text as the grammar of paths allows; "" when nothing is left of it. */
function fitting(text: string): string {
  const words = text
    .toWellFormed()
    .normalize("NFC")
    .replaceAll(/[^\p{L}\p{M}\p{N} ._()@+,=-]/gu, "_")
    .replace(/[ .]+$/, "");
  const short = withinBytes(words).replace(/[ .]+$/, "");
  if (short === "") return "";
  if (pathObjection(short) === undefined) return short;
  // Device names of Windows, and what only its compatibility form makes one.
  const plain = `_${short.replaceAll(/[^A-Za-z0-9 ._-]/g, "_")}`;
  return pathObjection(plain) === undefined ? plain : "";
}

function withinBytes(text: string): string {
  let kept = "";
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > MAX_NAME_BYTES) break;
    kept += character;
  }
  return kept;
}

/** The first of `name`, `name-2`, `name-3` … that no other file has on a system that does not tell `A` from `a`. */
function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let number = 2; taken.has(keyOf(free)); number += 1) free = withNumber(name, number);
  taken.add(keyOf(free));
  return free;
}

function keyOf(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

function withNumber(name: string, number: number): string {
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? `${name}-${number}` : `${name.slice(0, dot)}-${number}${name.slice(dot)}`;
}
