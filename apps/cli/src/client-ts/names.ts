const RESERVED: ReadonlySet<string> = new Set([
  "constructor",
  "then",
  "toString",
  "valueOf",
  "toJSON",
  "hasOwnProperty",
]);

/** Names for a generated file: each is given once, whatever skills and definitions are called. */
export class Names {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set([...RESERVED, ...taken]);
  }

  /** `SumUp` of `sum/up`, with a number where that is taken; its companions with these endings are taken along. */
  type(text: string, endings: readonly string[] = [""]): string {
    return this.#free(pascal(text), endings);
  }

  /** `sumUp` of `sum/up`. */
  method(text: string, endings: readonly string[] = [""]): string {
    const name = pascal(text);
    return this.#free(name.charAt(0).toLowerCase() + name.slice(1), endings);
  }

  #free(name: string, endings: readonly string[]): string {
    let free = name;
    for (let n = 2; endings.some((ending) => this.#taken.has(free + ending)); n++) free = `${name}${n}`;
    for (const ending of endings) this.#taken.add(free + ending);
    return free;
  }
}

/** Only letters and digits of ASCII, so that it is an identifier and looks like what it is. */
function pascal(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[A-Za-z]/.test(name) ? name : `N${name}`;
}
