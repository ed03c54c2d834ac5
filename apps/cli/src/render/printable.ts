/**
 * Text of agents and platforms made safe for a terminal: escape sequences could move the cursor, rewrite what was
 * printed, set the clipboard or type for the user, and bidirectional overrides show a line in another order than it has.
 */
export function printable(text: string): string {
  return text.replaceAll(ESCAPE_SEQUENCES, "").replaceAll("\r\n", "\n").replaceAll("\t", "  ").replaceAll(UNSAFE, "");
}

/** On one line, at most `max` characters. */
export function oneLine(text: string, max = 200): string {
  const line = printable(text).replaceAll(/\s+/g, " ").trim();
  const characters = Array.from(line);
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join("")}…`;
}

/** JSON.stringify leaves these as they are; escaped they are still the same JSON. */
export function printableJson(value: unknown, indent?: number): string {
  return (JSON.stringify(value, null, indent) ?? "null").replaceAll(
    /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** ECMA-48: control sequences, and strings (OSC, DCS, APC, PM, SOS) up to their end or, unended, to the line's. */
const ESCAPE_SEQUENCES = new RegExp(
  [
    String.raw`(?:\u001b\[|\u009b)[\u0030-\u003f]*[\u0020-\u002f]*[\u0040-\u007e]?`,
    String.raw`(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?`,
    String.raw`\u001b[\u0020-\u002f]*[\u0030-\u007e]?`,
  ].join("|"),
  "g",
);

/** Control characters, what changes the order of a line, and what nobody can see. */
const UNSAFE = /(?!\n)\p{Cc}|[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;
