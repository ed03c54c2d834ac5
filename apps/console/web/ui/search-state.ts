import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

export type SearchState = Readonly<Record<string, string | undefined>>;

/**
 * What a screen shows, as its address says it: every value is text that anybody may have written. Setting replaces the entry
 * in the history unless `push` is given; `undefined` and "" take a parameter out.
 */
export function useSearchState(): [SearchState, (changes: SearchState, options?: { readonly push?: boolean }) => void] {
  const found = useSearch({ strict: false });
  const navigate = useNavigate();
  const set = useCallback(
    (changes: SearchState, { push = false }: { readonly push?: boolean } = {}) => {
      void navigate({
        to: ".",
        search: (before: Readonly<Record<string, unknown>>) => withChanges(before, changes),
        replace: !push,
      });
    },
    [navigate],
  );
  return [asTexts(found), set];
}

function asTexts(search: Readonly<Record<string, unknown>>): SearchState {
  return Object.fromEntries(
    Object.entries(search).flatMap(([name, value]) =>
      ["string", "number", "boolean"].includes(typeof value) ? [[name, `${value as string | number | boolean}`]] : [],
    ),
  );
}

function withChanges(before: Readonly<Record<string, unknown>>, changes: SearchState): Record<string, string> {
  const merged = { ...asTexts(before), ...changes };
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ""),
  );
}
