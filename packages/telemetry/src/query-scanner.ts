import { PlatformError } from "@berth/protocol";
import { exactFieldValue } from "./query-values.ts";

/** Walks over a query's text; every error of it says where. */
export class QueryScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get at(): number {
    return this.#at;
  }

  /** False at the end of the text. */
  skipSpace(): boolean {
    while (this.#at < this.#text.length && isSpace(this.#text.charAt(this.#at))) this.#at += 1;
    return this.#at < this.#text.length;
  }

  isAtBreak(): boolean {
    return this.#at >= this.#text.length || isSpace(this.#text.charAt(this.#at));
  }

  isAt(token: string): boolean {
    return this.#text.startsWith(token, this.#at);
  }

  take(token: string): boolean {
    if (!this.isAt(token)) return false;
    this.#at += token.length;
    return true;
  }

  ahead(length: number): string {
    return this.#text.slice(this.#at, this.#at + length);
  }

  skip(length: number): void {
    this.#at += length;
  }

  /** Up to the next space. */
  word(): string {
    return this.#until(() => this.isAtBreak());
  }

  quoted(): string {
    return this.delimited('"', "The quote is not closed.", { keepEscapes: false });
  }

  /** As a Query keeps it: see `fieldValueOf`. */
  fieldValue(): string {
    const at = this.#at;
    if (this.isAt('"')) {
      const text = this.quoted();
      if (!this.take("*")) return exactFieldValue(text);
      return this.#prefix(text, at);
    }
    const text = this.#until(() => this.isAtBreak() || this.isAt("|"));
    if (text === "") throw this.error("A value belongs here.", at);
    return text.endsWith("*") ? this.#prefix(text.slice(0, -1), at) : text;
  }

  /** Between two delimiters; a backslash takes the next character as it is, and stays where it means something. */
  delimited(mark: string, problem: string, options: { readonly hint?: string; readonly keepEscapes: boolean }): string {
    const from = this.#at;
    this.#at += mark.length;
    let text = "";
    while (!this.take(mark)) {
      const character = this.#text.charAt(this.#at);
      if (character === "") throw this.error(problem, from, options.hint);
      if (character === "\\" && this.#at + 1 < this.#text.length) {
        this.#at += 1;
        const escaped = this.#text.charAt(this.#at);
        text += options.keepEscapes ? `\\${escaped}` : escaped;
      } else {
        text += character;
      }
      this.#at += 1;
    }
    if (!this.isAtBreak() && mark === "/")
      throw this.error("A space belongs behind a regular expression.", from, options.hint);
    return text;
  }

  error(problem: string, at: number = this.#at, hint?: string): PlatformError {
    return new PlatformError("INVALID_PARAMS", `${problem} (query, character ${at + 1})`, {
      violations: [{ field: "query", description: problem }],
      metadata: { position: String(at + 1) },
      ...(hint === undefined ? {} : { hint }),
    });
  }

  #prefix(text: string, at: number): string {
    if (text.endsWith("\\")) throw this.error("A prefix does not end with a backslash.", at);
    return `${text}*`;
  }

  #until(isOver: () => boolean): string {
    const from = this.#at;
    while (!isOver()) this.#at += 1;
    return this.#text.slice(from, this.#at);
  }
}

function isSpace(character: string): boolean {
  return /^\s$/u.test(character);
}
