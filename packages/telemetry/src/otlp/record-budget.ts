import type { AttributeValue } from "../attributes.ts";
import { LIMITS } from "./limits.ts";

/** One record's room for what its sender chose, with a count of what did not fit. Both encodings ask it. */
export class RecordBudget {
  dropped = 0;
  #characters: number = LIMITS.recordLength;
  #values: number = LIMITS.values;

  /** Cut to what is left, without NUL, which no store takes. */
  text(value: string, max: number = LIMITS.stringLength): string {
    const room = Math.min(max, this.#characters);
    let text = value;
    if (text.length > room) {
      // The cut may go through a surrogate pair.
      text = text.slice(0, room).toWellFormed();
      this.dropped += 1;
    }
    this.#characters -= text.length;
    return withoutNul(text);
  }

  /** Room for one more value in a list or map. */
  takeValue(): boolean {
    if (this.#values <= 0) {
      this.dropped += 1;
      return false;
    }
    this.#values -= 1;
    return true;
  }
}

/** Collects keys and values up to a number of them; of two with the same key the last one stays. */
export class AttributeBag {
  readonly values: Record<string, AttributeValue> = {};
  readonly #budget: RecordBudget;
  readonly #max: number;
  #size = 0;

  constructor(budget: RecordBudget, max: number) {
    this.#budget = budget;
    this.#max = max;
  }

  get size(): number {
    return this.#size;
  }

  add(key: string, value: AttributeValue | undefined): void {
    // `__proto__` would set the object's prototype instead of a key.
    if (value === undefined || key === "" || key.length > LIMITS.keyLength || key === "__proto__") {
      this.#budget.dropped += 1;
      return;
    }
    if (this.#size >= this.#max) {
      this.#budget.dropped += 1;
      return;
    }
    this.#size += 1;
    this.values[withoutNul(key)] = value;
  }
}

/** What JSON cannot say is said in words. */
export function numberValue(value: number): AttributeValue {
  return Number.isFinite(value) ? value : String(value);
}

function withoutNul(text: string): string {
  return text.includes("\0") ? text.replaceAll("\0", "\ufffd") : text;
}
