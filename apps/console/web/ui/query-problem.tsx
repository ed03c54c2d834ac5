import { plainText } from "./plain-text.ts";
import type { QueryProblem } from "./read-query.ts";

/** What is wrong with a query, with the place in it. */
export function QueryProblemLine({
  id,
  text,
  problem,
}: {
  readonly id: string;
  readonly text: string;
  readonly problem: QueryProblem;
}) {
  const { message, hint, at } = problem;
  const end = at === undefined ? 0 : endOfWord(text, at);
  return (
    <div id={id} role="alert" className="flex flex-wrap items-baseline gap-x-3 text-xs text-bad">
      <span className="font-medium">{message}</span>
      {hint === undefined ? undefined : <span>{hint}</span>}
      {at === undefined ? undefined : (
        <code className="max-w-full truncate font-mono text-text">
          {plainText(text.slice(Math.max(0, at - 40), at))}
          <mark className="bg-bad-soft text-bad underline decoration-wavy underline-offset-2">
            {plainText(text.slice(at, end)) || "␣"}
          </mark>
          {plainText(text.slice(end, end + 40))}
        </code>
      )}
    </div>
  );
}

function endOfWord(text: string, at: number): number {
  const length = text.slice(at).search(/\s/u);
  return length <= 0 ? text.length : at + length;
}
