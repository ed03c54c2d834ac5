import { invalidParams } from "../errors.ts";
import type { FieldViolation } from "../errors.ts";

/** A hostile document can be wrong in ten thousand places; nobody reads more than this many. */
const MAX_VIOLATIONS = 100;

/** Where in a document a parser stands, and where it reports what does not fit. */
export class Place {
  readonly path: string;
  readonly #violations: FieldViolation[];

  constructor(violations: FieldViolation[], path = "") {
    this.#violations = violations;
    this.path = path;
  }

  field(name: string): Place {
    return new Place(this.#violations, this.path === "" ? name : `${this.path}.${name}`);
  }

  item(index: number): Place {
    return new Place(this.#violations, `${this.path}[${index}]`);
  }

  /** An entry of a map whose keys the sender chose. */
  entry(key: string): Place {
    return new Place(this.#violations, `${this.path}[${JSON.stringify(key.slice(0, 64))}]`);
  }

  get full(): boolean {
    return this.#violations.length >= MAX_VIOLATIONS;
  }

  /** Answers undefined, so that a parser can `return place.report(…)`. */
  report(description: string): undefined {
    if (!this.full) this.#violations.push({ field: this.path === "" ? "request" : this.path, description });
    return undefined;
  }
}

/** Answers undefined after it reported why. A value that parses is never undefined. */
export type Parser<T> = (value: unknown, place: Place) => T | undefined;

/**
 * Runs a parser over a whole document.
 * @throws PlatformError INVALID_PARAMS with every violation.
 */
export function parseWith<T>(parser: Parser<T>, value: unknown): T {
  const violations: FieldViolation[] = [];
  const parsed = parser(value, new Place(violations));
  if (parsed === undefined || violations.length > 0) throw invalidParams(violations);
  return parsed;
}
