import Anser from "anser";
import { clsx } from "clsx";
import { memo } from "react";
import { plainText } from "./plain-text.ts";

/** What builds print in colour, in colours of ours: each has its contrast in light and in dark. */
const COLOURS: Readonly<Record<string, string>> = {
  "ansi-red": "text-bad",
  "ansi-bright-red": "text-bad",
  "ansi-green": "text-good",
  "ansi-bright-green": "text-good",
  "ansi-yellow": "text-warn",
  "ansi-bright-yellow": "text-warn",
  "ansi-blue": "text-info",
  "ansi-bright-blue": "text-info",
  "ansi-cyan": "text-accent-text",
  "ansi-bright-cyan": "text-accent-text",
  "ansi-black": "text-muted",
  "ansi-bright-black": "text-muted",
};
const MAX_LENGTH = 10_000;

/** One line of a program's output: colours are kept, every other control is shown as what it is. */
export const AnsiLine = memo(function AnsiLine({ text }: { readonly text: string }) {
  const cut =
    text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)} … ${text.length - MAX_LENGTH} more characters` : text;
  if (!cut.includes("\u001b")) return <>{plainText(cut)}</>;
  return (
    <>
      {Anser.ansiToJson(cut, { use_classes: true, remove_empty: true }).map(({ content, fg, decorations }, index) => (
        // The pieces of a line never change their places.
        <span
          key={index}
          className={clsx(
            COLOURS[fg],
            decorations.includes("bold") && "font-bold",
            decorations.includes("dim") && "text-muted",
            decorations.includes("underline") && "underline",
            decorations.includes("italic") && "italic",
          )}
        >
          {plainText(content)}
        </span>
      ))}
    </>
  );
});
