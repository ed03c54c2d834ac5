import { useState } from "react";
import { Page } from "../../ui/page.tsx";
import { QueryBox } from "../../ui/query-box.tsx";
import { readQuery } from "../../ui/read-query.ts";
import { useSearchState } from "../../ui/search-state.ts";
import { earlyView } from "../../ui/lazy-view.tsx";
import { LiveDot } from "../../ui/live-dot.tsx";
import { shellWord } from "../../ui/shell-word.ts";
import { facetValues } from "../traces/trace-queries.ts";

const LogView = earlyView(async () => (await import("./log-view.tsx")).LogView);

const FIELDS = [
  "level",
  "agent",
  "source",
  "task",
  "instance",
  "trace",
  "service",
  "tool",
  "model",
  "since",
  "until",
  "release",
  "span",
  "name",
];

export function LogsScreen() {
  const [search, setSearch] = useSearchState();
  const text = search["q"] ?? "";
  const asked = Number(search["line"]);
  // Where the view begins: walking on from there changes the address, not the view.
  const [start, setStart] = useState({
    around: Number.isSafeInteger(asked) && asked > 0 ? asked : undefined,
    round: 0,
  });
  const setQuery = (q: string): void => {
    setStart(({ round }) => ({ around: undefined, round: round + 1 }));
    setSearch({ q, line: undefined }, { push: true });
  };
  const { query } = readQuery(text);
  return (
    <Page
      title="Logs"
      actions={<LiveDot skipped={0} />}
      cli={text === "" ? "npx a2a logs --follow" : `npx a2a logs --query=${shellWord(text)} --follow`}
    >
      <QueryBox
        label="Search the lines"
        value={text}
        onChange={setQuery}
        fields={FIELDS}
        valuesOf={facetValues}
        history="logs"
        placeholder='level:>=warn  agent:planner  "exact words"  /pattern/  -noise  since:1h'
      />
      {query === undefined ? undefined : (
        <LogView
          key={`${text} ${start.round}`}
          text={text}
          query={query}
          around={start.around}
          onQuery={setQuery}
          onAround={(around) => {
            setStart(({ round }) => ({ around, round: round + 1 }));
            setSearch({ line: around === undefined ? undefined : `${around}` });
          }}
        />
      )}
    </Page>
  );
}
