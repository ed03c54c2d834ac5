import { buildProblem } from "./build-problem.ts";

/** A script or stylesheet that index.html names, and where its address stands in the text. */
export interface PageReference {
  readonly kind: "module" | "script" | "stylesheet";
  /** As written. */
  readonly address: string;
  /** Where the tag begins; what has to come before it is put there. */
  readonly tagStart: number;
  /** Of the address, without its quotes. */
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

interface Attribute {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

interface Tag {
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly end: number;
}

const TAG_NAME = /[a-z][a-z0-9-]*/iy;
const ATTRIBUTE = /[\s/]*([^\s/>=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?/y;
const TAG_END = /[\s/]*>/y;
const SCRIPT_END = /<\/script/gi;
/** Data that no browser runs. */
const DATA_TYPES = /^(?:application\/(?:ld\+)?json|text\/plain)$/i;

/**
 * The scripts and stylesheets of a page, in one pass from front to back: the page is a stranger's, and reading it must
 * take no longer than it is long. What the app's Content-Security-Policy would refuse is refused here, with its line.
 * @throws BUILD_FAILED
 */
export function readPage(html: string, file: string): readonly PageReference[] {
  const references: PageReference[] = [];
  const lines = new LineCounter(html);
  for (let at = html.indexOf("<"); at !== -1; at = html.indexOf("<", at)) {
    const start = at;
    if (html.startsWith("<!--", at)) {
      const end = html.indexOf("-->", at + 4);
      if (end === -1) break;
      at = end + 3;
      continue;
    }
    const name = matchAt(TAG_NAME, html, at + 1)?.[0].toLowerCase();
    if (name === undefined) {
      at += 1;
      continue;
    }
    const fail = (problem: string, hint?: string): Error => buildProblem(file, lines.at(start), problem, hint);
    const tag = readTag(html, at + 1 + name.length);
    if (tag === undefined) throw fail(`the <${name}> tag is not closed`);
    at = tag.end;
    if (name !== "script" && name !== "link" && name !== "style") continue;
    if (name === "style") throw fail("an inline <style> is refused by the app's policy", IN_A_FILE);
    if (name === "link") {
      const link = stylesheetOf(tag);
      if (link !== undefined) references.push(toReference("stylesheet", link, { start, line: lines.at(start) }));
      continue;
    }
    const { type, src } = { type: tag.attributes.get("type")?.value ?? "", src: tag.attributes.get("src") };
    if (src !== undefined) {
      const kind = type.toLowerCase() === "module" ? "module" : "script";
      references.push(toReference(kind, src, { start, line: lines.at(start) }));
    } else if (!DATA_TYPES.test(type)) throw fail("an inline <script> is refused by the app's policy", IN_A_FILE);
    // What is between the tags is text, whatever it looks like.
    SCRIPT_END.lastIndex = at;
    if (!SCRIPT_END.test(html)) throw fail("the <script> is not closed");
    at = SCRIPT_END.lastIndex;
  }
  return references;
}

const IN_A_FILE = "Put it into a file of the folder, and name the file here.";

function stylesheetOf({ attributes }: Tag): Attribute | undefined {
  const rel = attributes.get("rel")?.value.toLowerCase().split(/\s+/) ?? [];
  return rel.includes("stylesheet") ? attributes.get("href") : undefined;
}

function toReference(
  kind: PageReference["kind"],
  { value, start, end }: Attribute,
  tag: { readonly start: number; readonly line: number },
): PageReference {
  return { kind, address: value, tagStart: tag.start, start, end, line: tag.line };
}

/** Undefined when the text ends, or cannot be read on, before the tag does. */
function readTag(html: string, from: number): Tag | undefined {
  const attributes = new Map<string, Attribute>();
  for (let at = from; ;) {
    const end = matchAt(TAG_END, html, at);
    if (end !== undefined) return { attributes, end: at + end[0].length };
    const found = matchAt(ATTRIBUTE, html, at);
    if (found === undefined) return undefined;
    const [whole, name = "", double, single, bare] = found;
    at += whole.length;
    const value = double ?? single ?? bare ?? "";
    const valueEnd = double === undefined && single === undefined ? at : at - 1;
    // The first of its name counts (HTML §13.2.5.33).
    if (!attributes.has(name.toLowerCase())) {
      attributes.set(name.toLowerCase(), { value, start: valueEnd - value.length, end: valueEnd });
    }
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/** Asked from front to back only. */
class LineCounter {
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  at(position: number): number {
    for (let next = this.#text.indexOf("\n", this.#at); next !== -1 && next < position;) {
      this.#line += 1;
      this.#at = next + 1;
      next = this.#text.indexOf("\n", this.#at);
    }
    return this.#line;
  }
}
