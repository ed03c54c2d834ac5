/** A part of a bundle's text in which the demonstration changes one character. */
export interface TamperTarget {
  readonly id: string;
  readonly label: string;
  readonly from: number;
  readonly to: number;
}

export interface Tampered {
  readonly text: string;
  readonly at: number;
  readonly before: string;
  readonly after: string;
  readonly context: string;
}

const SOURCES: readonly { readonly id: string; readonly label: string; readonly pattern: RegExp }[] = [
  { id: "statement", label: "the statement", pattern: /"payload":"([^"]+)"/d },
  { id: "sa", label: "the agent’s signature", pattern: /"keyid":"sa:[^"]*","sig":"([^"]+)"/d },
  { id: "cp", label: "the platform’s signature", pattern: /"keyid":"cp:[^"]*","sig":"([^"]+)"/d },
  { id: "event", label: "an event", pattern: /"event":\{"at":"([^"]+)"/d },
  { id: "proof", label: "the path to the log’s root", pattern: /"receipt":\{"index":\d+,"proof":\["([^"]+)"/d },
  { id: "checkpoint", label: "the log’s head", pattern: /"checkpoint":"[^"\\]+\\n\d+\\n([^"\\]+)/d },
];

/** Where a bundle can be bent, as far as it has these parts. */
export function tamperTargets(bundle: string): readonly TamperTarget[] {
  return SOURCES.flatMap(({ id, label, pattern }) => {
    const [from, to] = pattern.exec(bundle)?.indices?.[1] ?? [];
    return from === undefined || to === undefined ? [] : [{ id, label, from, to }];
  });
}

/**
 * Changes one character to another of its kind, so that the file stays readable and only what it says is another.
 * `share`: where in the part, from 0 to 1. The last characters of base64 are left alone: their spare bits say nothing.
 */
export function tamper(bundle: string, { from, to }: TamperTarget, share: number): Tampered {
  const at = from + Math.min(Math.floor(share * Math.max(1, to - from - 4)), to - from - 1);
  const before = bundle.charAt(at);
  const after = another(before);
  return {
    text: bundle.slice(0, at) + after + bundle.slice(at + 1),
    at,
    before,
    after,
    context: bundle.slice(Math.max(from, at - 12), at + 13),
  };
}

function another(character: string): string {
  if (/\d/.test(character)) return String((Number(character) + 1) % 10);
  if (/[a-z]/i.test(character))
    return character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase();
  if (character === "+") return "/";
  return character === "/" ? "+" : "0";
}
