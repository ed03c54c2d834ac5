import { PlatformError } from "@berth/protocol";
import type { JsonValue } from "@berth/protocol";

/** Deeper than this nobody writes a case, and everything that walks one recurses. */
const MAX_DEPTH = 64;

/** A value of a suite's file and where it stands, read member by member. */
export class SuiteReader {
  readonly #value: unknown;
  readonly #place: string;

  constructor(value: unknown, place: string) {
    this.#value = value;
    this.#place = place;
  }

  /** @throws CONFIG_INVALID */
  fail(problem: string): never {
    throw new PlatformError("CONFIG_INVALID", `${this.#place} ${problem}.`, {
      hint: "docs/reference/evals.md has the form of a suite.",
    });
  }

  /** Its members by name; those that are not known are refused. */
  members(known: readonly string[]): { readonly [name: string]: SuiteReader | undefined } {
    const value = this.#value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return this.fail("must be an object");
    for (const key of Object.keys(value)) {
      if (!known.includes(key))
        this.fail(`has ${JSON.stringify(key.slice(0, 64))}, which is none of ${known.join(", ")}`);
    }
    const entries = Object.entries(value).map(([key, member]) => [
      key,
      new SuiteReader(member, `${this.#place} ${key}`),
    ]);
    // Made by fromEntries: no prototype's members are among them that `known` does not name.
    return Object.fromEntries(entries) as { readonly [name: string]: SuiteReader };
  }

  items(max: number): readonly SuiteReader[] {
    const value = this.#value;
    if (!Array.isArray(value) || value.length === 0 || value.length > max)
      return this.fail(`must be a list of 1 to ${max}`);
    return value.map((item, index) => new SuiteReader(item, `${this.#place}[${index}]`));
  }

  text(form: RegExp, what: string): string {
    const value = this.#value;
    return typeof value === "string" && form.test(value) ? value : this.fail(`must be ${what}`);
  }

  words(maxLength: number): string {
    const value = this.#value;
    if (typeof value === "string" && value.length > 0 && value.length <= maxLength && value.isWellFormed())
      return value;
    return this.fail(`must be a text of 1 to ${maxLength} characters`);
  }

  number(min: number, max: number, integer: boolean): number {
    const value = this.#value;
    const fits = typeof value === "number" && value >= min && value <= max && (!integer || Number.isInteger(value));
    return fits ? value : this.fail(`must be ${integer ? "a whole number" : "a number"} from ${min} to ${max}`);
  }

  json(): JsonValue {
    this.#assertPlain(this.#value, MAX_DEPTH);
    // It came out of JSON.parse.
    return this.#value as JsonValue;
  }

  #assertPlain(value: unknown, depth: number): void {
    if (depth === 0) this.fail(`is nested deeper than ${MAX_DEPTH}`);
    if (typeof value === "string" && !value.isWellFormed()) this.fail("holds half a surrogate pair");
    if (typeof value !== "object" || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      this.#assertPlain(key, depth);
      this.#assertPlain(member, depth - 1);
    }
  }
}
