import { Transform } from "node:stream";
import { HEAD_LENGTH, formsOfSecret } from "./secret-forms.ts";

/** Of one name: a value that was replaced may still be on its way through a log, and agents have values of their own. */
const KEPT_VALUES = 100;
const MAX_DEPTH = 200;

/** Of all forms of all values. */
interface Matcher {
  /** By their beginnings, the longest first. */
  readonly forms: ReadonlyMap<string, readonly Form[]>;
  readonly heads: RegExp;
  readonly longest: number;
}

interface Form {
  readonly text: string;
  readonly name: string;
}

/**
 * Replaces the secrets it knows by `[secret:NAME]`. One pattern of all their beginnings finds candidates in one pass over
 * a text, whatever the number and length of the secrets; only at those is more compared.
 */
export class Scrubber {
  readonly #values = new Map<string, readonly string[]>();
  #compiled: Matcher | undefined;

  /** From now on this value is replaced too. */
  learn(name: string, value: string): void {
    const known = this.#values.get(name) ?? [];
    if (known[0] === value || value.length < HEAD_LENGTH) return;
    this.#values.set(name, [value, ...known.filter((other) => other !== value)].slice(0, KEPT_VALUES));
    this.#compiled = undefined;
  }

  text(text: string): string {
    if (this.#values.size === 0 || text.length < HEAD_LENGTH) return text;
    const parts: string[] = [];
    let from = 0;
    for (let found = this.#find(text, 0); found !== undefined; found = this.#find(text, from)) {
      parts.push(text.slice(from, found.at), `[secret:${found.form.name}]`);
      from = found.at + found.form.text.length;
    }
    return from === 0 ? text : parts.join("") + text.slice(from);
  }

  /** Every text in JSON data, keys and the bytes of `raw` parts included. The same object when nothing was found. */
  json<T>(value: T): T {
    // What is rebuilt has the shape of what was read.
    return (this.#values.size === 0 ? value : this.#json(value, 0)) as T;
  }

  /** The same bytes when nothing was found. */
  bytes(bytes: Uint8Array): Uint8Array {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    const clean = this.text(text);
    return clean === text ? bytes : Buffer.from(clean, "latin1");
  }

  /** For the bytes of a stream; holds back no more than what may be the beginning of a secret. */
  stream(): Transform {
    let held = "";
    const scrub = (text: string): string => this.text(text);
    const beginsAt = (text: string): number => this.#beginningAtEnd(text);
    return new Transform({
      transform(chunk: Buffer, _encoding, done) {
        // Secrets are ASCII: bytes as characters keep everything else as it is.
        const text = scrub(held + chunk.toString("latin1"));
        const cut = beginsAt(text);
        held = text.slice(cut);
        done(null, Buffer.from(text.slice(0, cut), "latin1"));
      },
      flush(done) {
        done(null, Buffer.from(held, "latin1"));
      },
    });
  }

  #json(value: unknown, depth: number): unknown {
    if (typeof value === "string") return this.text(value);
    if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return value;
    if (Array.isArray(value)) {
      const items = value.map((item) => this.#json(item, depth + 1));
      return items.some((item, index) => item !== value[index]) ? items : value;
    }
    let changed = false;
    const entries = Object.entries(value).map(([key, member]) => {
      const clean: [string, unknown] = [
        this.text(key),
        key === "raw" && typeof member === "string" ? this.#base64(member) : this.#json(member, depth + 1),
      ];
      changed ||= clean[0] !== key || clean[1] !== member;
      return clean;
    });
    return changed ? Object.fromEntries(entries) : value;
  }

  #base64(text: string): string {
    const bytes = Buffer.from(text, "base64").toString("latin1");
    const clean = this.text(bytes);
    return clean === bytes ? text : Buffer.from(clean, "latin1").toString("base64");
  }

  #find(text: string, from: number): { readonly at: number; readonly form: Form } | undefined {
    const { heads, forms } = this.#matcher();
    heads.lastIndex = from;
    for (let match = heads.exec(text); match !== null; match = heads.exec(text)) {
      const at = match.index;
      const form = forms.get(match[0])?.find((candidate) => text.startsWith(candidate.text, at));
      if (form !== undefined) return { at, form };
      heads.lastIndex = at + 1;
    }
    return undefined;
  }

  /** Where the longest end of the text begins that more text could make a secret. */
  #beginningAtEnd(text: string): number {
    const { forms: byHead, longest } = this.#matcher();
    const forms = [...byHead.values()].flat();
    for (let at = Math.max(0, text.length - longest + 1); at < text.length; at++) {
      const rest = text.slice(at);
      if (forms.some((form) => form.text.startsWith(rest))) return at;
    }
    return text.length;
  }

  #matcher(): Matcher {
    return (this.#compiled ??= compile(this.#values));
  }
}

function compile(values: ReadonlyMap<string, readonly string[]>): Matcher {
  const all = [...values].flatMap(([name, each]) =>
    each.flatMap((value) => formsOfSecret(value).map((text) => ({ text, name }))),
  );
  // The longest first: a secret may begin with another one.
  all.sort((one, other) => other.text.length - one.text.length);
  const forms = Map.groupBy(all, ({ text }) => text.slice(0, HEAD_LENGTH));
  const heads = new RegExp([...forms.keys()].map((head) => RegExp.escape(head)).join("|"), "g");
  return { forms, heads, longest: all[0]?.text.length ?? 0 };
}
