import { useDeferredValue, useMemo, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { stateName } from "../../ui/state-badge.tsx";
import { Empty, Failure, Loading } from "../../ui/status.tsx";
import { useListKeys } from "../../ui/use-list-keys.ts";
import { lazyView } from "../../ui/lazy-view.tsx";
import { LiveDot } from "../../ui/live-dot.tsx";
import { shellWord } from "../../ui/shell-word.ts";
import { BulkBar } from "./bulk-bar.tsx";
import { readTaskQuery } from "./task-query.ts";
import { TaskTable } from "./task-table.tsx";
import { useTasks } from "./use-tasks.ts";
import { ViewsBar } from "./views-bar.tsx";

const PeekSheet = lazyView(async () => (await import("./peek-sheet.tsx")).PeekSheet);

export function TasksScreen() {
  const [search, setSearch] = useSearchState();
  const text = search["q"] ?? "";
  const settled = useDeferredValue(text);
  const query = useMemo(() => readTaskQuery(settled, Date.now()), [settled]);
  const tasks = useTasks(query);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  useListKeys();
  const setQuery = (q: string): void => setSearch({ q });
  const { rows } = tasks;
  const peeked = search["peek"];
  return (
    <Page title="Tasks" actions={<LiveDot skipped={0} />} cli={cliOf(query.requests[0] ?? {})}>
      <div className="flex flex-col gap-2.5">
        <ViewsBar query={text} onQuery={setQuery} />
        <TextField
          label="Filter tasks"
          hiddenLabel
          data-search
          spellCheck={false}
          placeholder="agent:planner  status:working|failed  caller:key_…  context:ctx_…  since:1h  words"
          className="font-mono text-xs"
          value={text}
          onChange={({ currentTarget }) => setQuery(currentTarget.value)}
          {...(query.problem === undefined ? {} : { error: query.problem })}
        />
        {selected.size === 0 || rows === undefined ? undefined : (
          <BulkBar rows={rows.filter(({ task }) => selected.has(task.id))} onDone={() => setSelected(new Set())} />
        )}
      </div>
      <Panel flush>
        {tasks.fresh === 0 ? undefined : (
          <div className="sticky top-0 z-[1] flex justify-center border-b border-line bg-panel p-1.5" role="status">
            <Button small look="primary" onClick={tasks.refetch}>
              {tasks.fresh} new, show
            </Button>
          </div>
        )}
        {rows === undefined ? (
          tasks.error === null ? (
            <Loading what="the tasks" />
          ) : (
            <Failure error={tasks.error} retry={tasks.refetch} />
          )
        ) : rows.length === 0 ? (
          text === "" ? (
            <Empty title="No agent has been called yet." command="npx a2a call echo --message hello">
              Every call of an agent becomes a task, whichever door it comes through: A2A, MCP, REST or a webhook.
            </Empty>
          ) : (
            <Empty title="No task fits.">
              Fields are agent, status, caller, context, task and release; words are looked for in what was said last.
            </Empty>
          )
        ) : (
          <TaskTable
            rows={rows}
            selected={selected}
            onSelect={(taskId, isSelected) => {
              const next = new Set(selected);
              if (isSelected) next.add(taskId);
              else next.delete(taskId);
              setSelected(next);
            }}
            onPeek={(taskId) => setSearch({ peek: taskId })}
            onQuery={(term) => setQuery(text.includes(term) ? text : `${text} ${term}`.trim())}
            {...(peeked === undefined ? {} : { peeked })}
          />
        )}
      </Panel>
      {tasks.hasMore ? (
        <Button className="self-center" disabled={tasks.isLoadingMore} onClick={tasks.more}>
          Older tasks
        </Button>
      ) : undefined}
      {peeked === undefined ? undefined : (
        <PeekSheet key={peeked} taskId={peeked} onClose={() => setSearch({ peek: undefined })} />
      )}
    </Page>
  );
}

function cliOf({ agent, status }: { readonly agent?: string; readonly status?: string }): string {
  return `npx a2a tasks list${agent === undefined ? "" : ` --agent ${shellWord(agent)}`}${status === undefined ? "" : ` --state ${shellWord(stateName(status).replace(" ", "-"))}`}`;
}
