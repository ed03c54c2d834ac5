import { PatternError, compilePattern } from "@berth/protocol";
import type { Pattern } from "@berth/protocol";

/** Live tails run a reader's pattern over every line: with the pattern's own bound this is what one line can cost. */
export const MAX_SEARCHED_LENGTH = 4_000;

/** Matches in linear time, anywhere in the first MAX_SEARCHED_LENGTH characters. */
export function compileQueryPattern(source: string, toError: (problem: string) => Error): Pattern {
  try {
    const pattern = compilePattern(source);
    return (text) => pattern(text.length > MAX_SEARCHED_LENGTH ? text.slice(0, MAX_SEARCHED_LENGTH) : text);
  } catch (error) {
    if (error instanceof PatternError) throw toError(error.message);
    throw error;
  }
}
