import { DockerfileParser } from "dockerfile-ast";
import type { Dockerfile, Instruction } from "dockerfile-ast";
import { PlatformError } from "@berth/protocol";

/** An image that the file takes from elsewhere, at one place of its text. */
interface BaseUse {
  readonly reference: string;
  /** Offsets in the text. */
  readonly from: number;
  readonly to: number;
}

export interface ReadDockerfile {
  readonly text: string;
  readonly ast: Dockerfile;
  readonly bases: readonly BaseUse[];
}

const MAX_BYTES = 256 * 1024;
const MAX_BASES = 16;

/** @throws BUILD_FAILED for a file that is none */
export function readDockerfile(text: string, args: { readonly [name: string]: string } = {}): ReadDockerfile {
  if (text.length > MAX_BYTES) throw new PlatformError("BUILD_FAILED", "The Dockerfile is larger than 256 KiB.");
  const ast = DockerfileParser.parse(text);
  if (ast.getFROMs().length === 0) throw new PlatformError("BUILD_FAILED", "The Dockerfile has no FROM.");
  const bases = findBases(text, ast, args);
  if (new Set(bases.map(({ reference }) => reference)).size > MAX_BASES) {
    throw new PlatformError("BUILD_FAILED", `The Dockerfile takes more than ${MAX_BASES} images.`);
  }
  return { text, ast, bases };
}

/** The same file with other names for what it takes from elsewhere. */
export function renameBases({ text, bases }: ReadDockerfile, nameOf: (reference: string) => string): string {
  return bases
    .toSorted((a, b) => b.from - a.from)
    .reduce((made, { reference, from, to }) => made.slice(0, from) + nameOf(reference) + made.slice(to), text);
}

function findBases(text: string, ast: Dockerfile, args: { readonly [name: string]: string }): readonly BaseUse[] {
  const starts = lineStarts(text);
  const values = new Map<string, string>();
  for (const each of ast.getInitialARGs()) {
    const property = each.getProperty();
    const name = property?.getName();
    if (name !== undefined) values.set(name, args[name] ?? property?.getValue() ?? "");
  }
  const stages = new Set<string>();
  const uses: BaseUse[] = [];
  const use = (written: string, from: number): void => {
    const reference = expanded(written, values);
    if (reference === "scratch" || stages.has(reference.toLowerCase()) || /^\d+$/.test(reference)) return;
    uses.push({ reference, from, to: from + written.length });
  };
  for (const instruction of ast.getInstructions()) {
    const { start, end } = instruction.getRange();
    const from = (starts[start.line] ?? 0) + start.character;
    const source = text.slice(from, (starts[end.line] ?? 0) + end.character);
    const keyword = instruction.getKeyword();
    if (keyword === "FROM") {
      const [, before = "", image = "", stage] =
        /^(\s*FROM\s+(?:--\S+\s+)*)(\S+)(?:\s+AS\s+(\S+))?/i.exec(source) ?? [];
      if (image !== "") use(image, from + before.length);
      if (stage !== undefined) stages.add(stage.toLowerCase());
    } else if (keyword === "COPY" || keyword === "ADD" || keyword === "RUN") {
      for (const { index, 1: before = "", 2: image = "" } of flagsOf(source, keyword)) {
        use(image, from + index + before.length);
      }
    }
  }
  return uses;
}

/** `--from=image` of COPY, `--mount=…,from=image` of RUN. */
function flagsOf(source: string, keyword: string): readonly RegExpExecArray[] {
  const pattern = keyword === "RUN" ? /(--mount=[^\s]*?\bfrom=)([^,\s]+)/g : /(--from=)(\S+)/g;
  return [...source.matchAll(pattern)];
}

function expanded(written: string, values: ReadonlyMap<string, string>): string {
  const bare = written.replaceAll(/^["']|["']$/g, "");
  return bare.replaceAll(/\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})/g, (_, plain: string, braced: string, other = "") => {
    const value = values.get(plain ?? braced) ?? "";
    return value === "" ? String(other) : value;
  });
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** From 1. */
export function lineOf(instruction: Instruction): number {
  return instruction.getRange().start.line + 1;
}
