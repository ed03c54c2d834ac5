/**
 * What turns, hides or overprints text, for names and reasons that a stranger chose: shown as what it is, so that nothing can
 * look like something else. Line breaks and tabs stay.
 */
export function plainText(text: string): string {
  return text.replaceAll(HIDDEN, (hidden) => `\u2039U+${codePoint(hidden).padStart(4, "0")}\u203a`);
}

// Control characters but tab and line break; format characters (bidi, zero width) but the joiners of scripts and emoji.
const HIDDEN = /(?![\t\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Co}]/gu;

function codePoint(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
}
