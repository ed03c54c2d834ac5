import { MAX_JSON_DEPTH, canonicalJson } from "./canonical-json.ts";
import type { CanonicalJsonOptions, JsonValue } from "./canonical-json.ts";
import { LedgerError } from "./ledger-error.ts";

/**
 * Parses a text that must already be in RFC 8785 form: one value, one spelling. That rules out duplicate keys too.
 * @throws LedgerError `json`.
 */
export function parseCanonicalJson(text: string, options: CanonicalJsonOptions = {}): JsonValue {
  let value: JsonValue;
  try {
    // JSON.parse yields nothing but JsonValue.
    value = JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new LedgerError("json", "not JSON", { cause });
  }
  if (canonicalJson(value, options) !== text) {
    throw new LedgerError("json", "not in canonical form (RFC 8785); it was changed or re-formatted");
  }
  return value;
}

/**
 * Parses RFC 8259 JSON and refuses what JSON.parse lets pass in silence: duplicate keys, lone surrogates, numbers that
 * overflow, and nesting deeper than MAX_JSON_DEPTH. Objects have no prototype.
 * @throws LedgerError `json`.
 */
export function parseStrictJson(text: string): JsonValue {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const SPACE = /[ \t\n\r]*/y;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonValue {
    if (depth > MAX_JSON_DEPTH) throw this.#refuse(`nested deeper than ${MAX_JSON_DEPTH}`);
    this.#take(SPACE);
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  end(): void {
    this.#take(SPACE);
    if (this.#at !== this.#text.length) throw this.#refuse("something follows the value");
  }

  #object(depth: number): JsonValue {
    // Without a prototype `__proto__` is a key like any other.
    const object: Record<string, JsonValue> = Object.create(null);
    this.#at++;
    if (this.#skip("}")) return object;
    do {
      this.#take(SPACE);
      const key = this.#string();
      if (key in object) throw this.#refuse(`the key ${JSON.stringify(key)} is there twice`);
      if (!this.#skip(":")) throw this.#refuse("expected a colon");
      object[key] = this.value(depth + 1);
    } while (this.#skip(","));
    if (!this.#skip("}")) throw this.#refuse("expected a comma or the end of the object");
    return object;
  }

  #array(depth: number): JsonValue {
    const items: JsonValue[] = [];
    this.#at++;
    if (this.#skip("]")) return items;
    do items.push(this.value(depth + 1));
    while (this.#skip(","));
    if (!this.#skip("]")) throw this.#refuse("expected a comma or the end of the array");
    return items;
  }

  #string(): string {
    const start = this.#at;
    if (this.#text[start] !== '"') throw this.#refuse("expected a string");
    let end = start + 1;
    while (this.#text[end] !== '"') {
      if (end >= this.#text.length) throw this.#refuse("a string does not end");
      end += this.#text[end] === "\\" ? 2 : 1;
    }
    this.#at = end + 1;
    let text: string;
    try {
      // From one quote to the next unescaped one: if this parses, it is a string.
      text = JSON.parse(this.#text.slice(start, end + 1)) as string;
    } catch {
      throw this.#refuse("a string has a wrong escape or a bare control character");
    }
    if (!text.isWellFormed()) throw this.#refuse("a string holds a lone surrogate");
    return text;
  }

  #number(): number {
    const raw = this.#take(NUMBER);
    if (raw === "") throw this.#refuse("expected a value");
    const value = Number(raw);
    if (!Number.isFinite(value)) throw this.#refuse("a number is too large");
    return value;
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#refuse("expected a value");
    this.#at += word.length;
    return value;
  }

  #skip(char: string): boolean {
    this.#take(SPACE);
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #refuse(why: string): LedgerError {
    return new LedgerError("json", `not acceptable as JSON at character ${this.#at}: ${why}`);
  }
}
