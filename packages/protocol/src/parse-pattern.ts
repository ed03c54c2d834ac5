/** What a pattern is made of. Nothing in it needs backtracking: no back references, no looking around. */
export type PatternNode =
  | { readonly kind: "one"; readonly matches: (codePoint: number) => boolean }
  | { readonly kind: "assert"; readonly holds: (before: number | undefined, after: number | undefined) => boolean }
  | { readonly kind: "all"; readonly nodes: readonly PatternNode[] }
  | { readonly kind: "any"; readonly nodes: readonly PatternNode[] }
  | { readonly kind: "repeat"; readonly node: PatternNode; readonly min: number; readonly max: number };

/** Says what is not understood, and where. */
export class PatternError extends Error {
  override readonly name: string = "PatternError";
}

const MAX_LENGTH = 500;
const MAX_COUNT = 200;

type Test = (codePoint: number) => boolean;

const LINE_ENDS: ReadonlySet<number> = new Set([0x0a, 0x0d, 0x2028, 0x2029]);
const isDigit: Test = (c) => c >= 0x30 && c <= 0x39;
const isWord: Test = (c) => isDigit(c) || (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a) || c === 0x5f;
const isSpace: Test = (c) => /\s/u.test(String.fromCodePoint(c));
const not = (test: Test): Test => {
  return (c) => !test(c);
};
const CLASSES: ReadonlyMap<string, Test> = new Map([
  ["d", isDigit],
  ["D", not(isDigit)],
  ["w", isWord],
  ["W", not(isWord)],
  ["s", isSpace],
  ["S", not(isSpace)],
]);
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ["n", 0x0a],
  ["r", 0x0d],
  ["t", 0x09],
  ["f", 0x0c],
  ["v", 0x0b],
]);
const SYNTAX = new Set("\\^$.*+?()[]{}|/-");

/** The part of ECMAScript's patterns (flag `u`) that can be matched in linear time. @throws PatternError */
export function parsePattern(text: string): PatternNode {
  if (text.length > MAX_LENGTH) throw new PatternError(`a pattern has at most ${MAX_LENGTH} characters`);
  return new PatternParser(text).parse();
}

class PatternParser {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(text: string) {
    // By code points, as flag `u` has it.
    this.#characters = Array.from(text);
  }

  parse(): PatternNode {
    const node = this.#alternatives();
    if (this.#at < this.#characters.length) throw this.#error("nothing is open that this could close");
    return node;
  }

  #alternatives(): PatternNode {
    const nodes = [this.#sequence()];
    while (this.#take("|")) nodes.push(this.#sequence());
    return { kind: "any", nodes };
  }

  #sequence(): PatternNode {
    const nodes: PatternNode[] = [];
    for (let next = this.#peek(); next !== undefined && next !== "|" && next !== ")"; next = this.#peek()) {
      nodes.push(this.#repeated());
    }
    return { kind: "all", nodes };
  }

  #repeated(): PatternNode {
    const node = this.#atom();
    const counts = this.#counts();
    if (counts === undefined) return node;
    if (node.kind === "assert") throw this.#error("an assertion cannot be repeated");
    // Whether it matches does not depend on greed.
    this.#take("?");
    return { kind: "repeat", node, ...counts };
  }

  #counts(): { readonly min: number; readonly max: number } | undefined {
    if (this.#take("*")) return { min: 0, max: Infinity };
    if (this.#take("+")) return { min: 1, max: Infinity };
    if (this.#take("?")) return { min: 0, max: 1 };
    if (!this.#take("{")) return undefined;
    const min = this.#number();
    const open = this.#take(",");
    const max = !open ? min : this.#peek() === "}" ? Infinity : this.#number();
    if (!this.#take("}") || max < min) throw this.#error("this is no repetition such as {2,5}");
    return { min, max };
  }

  #number(): number {
    let digits = "";
    for (let next = this.#peek(); next !== undefined && /^\d$/.test(next); next = this.#peek()) digits += this.#next();
    if (digits === "" || Number(digits) > MAX_COUNT) throw this.#error(`a count from 0 to ${MAX_COUNT} is wanted`);
    return Number(digits);
  }

  #atom(): PatternNode {
    const character = this.#next();
    switch (character) {
      case "^":
        return { kind: "assert", holds: (before) => before === undefined };
      case "$":
        return { kind: "assert", holds: (_before, after) => after === undefined };
      case ".":
        return { kind: "one", matches: (c) => !LINE_ENDS.has(c) };
      case "(":
        return this.#group();
      case "[":
        return { kind: "one", matches: this.#set() };
      case "\\":
        return this.#escape();
      case "*":
      case "+":
      case "?":
      case "{":
      case "}":
      case "]":
        throw this.#error(`"${character}" stands for itself only as "\\${character}"`);
      default:
        return { kind: "one", matches: equals(codeOf(character)) };
    }
  }

  #group(): PatternNode {
    if (this.#take("?") && !this.#take(":")) throw this.#error("of groups with ? only (?:…) is known");
    const node = this.#alternatives();
    if (!this.#take(")")) throw this.#error("the group is not closed");
    return node;
  }

  #escape(): PatternNode {
    const character = this.#next();
    if (character === "b" || character === "B") {
      const inside = character === "B";
      const word = (c: number | undefined): boolean => c !== undefined && isWord(c);
      return { kind: "assert", holds: (before, after) => (word(before) === word(after)) === inside };
    }
    return { kind: "one", matches: CLASSES.get(character) ?? equals(this.#escaped(character)) };
  }

  #escaped(character: string): number {
    const control = CONTROLS.get(character);
    if (control !== undefined) return control;
    if (SYNTAX.has(character)) return codeOf(character);
    throw this.#error(`"\\${character}" is not known`);
  }

  #set(): Test {
    const negated = this.#take("^");
    const tests: Test[] = [];
    while (!this.#take("]")) {
      const from = this.#member();
      if (typeof from === "function") {
        tests.push(from);
        continue;
      }
      if (this.#peek() !== "-" || this.#characters[this.#at + 1] === "]") {
        tests.push(equals(from));
        continue;
      }
      this.#at += 1;
      const to = this.#member();
      if (typeof to === "function" || to < from) throw this.#error("this is no range such as a-z");
      tests.push((c) => c >= from && c <= to);
    }
    return (c) => tests.some((test) => test(c)) !== negated;
  }

  #member(): number | Test {
    const character = this.#next();
    if (character !== "\\") return codeOf(character);
    const escaped = this.#next();
    return CLASSES.get(escaped) ?? this.#escaped(escaped);
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }

  #next(): string {
    const character = this.#peek();
    if (character === undefined) throw this.#error("it ends too early");
    this.#at += 1;
    return character;
  }

  #error(problem: string): PatternError {
    return new PatternError(`${problem} (character ${this.#at})`);
  }
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function equals(code: number): Test {
  return (c) => c === code;
}
