import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { TextField } from "../../ui/field.tsx";
import { JsonView } from "../../ui/json-view.tsx";
import { Panel } from "../../ui/panel.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { Empty, Loaded } from "../../ui/status.tsx";
import { caseFromTask } from "./case-from-task.ts";
import { taskQuery } from "./eval-queries.ts";

/** A task that went as it should becomes a case: as JSON to be put into the suite's file, which lies with the agent's source. */
export function CasePanel() {
  const [{ task = "" }, setSearch] = useSearchState();
  const [typed, setTyped] = useState(task);
  return (
    <Panel title="Add a case from a task">
      <form
        className="flex flex-wrap items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          setSearch({ task: typed.trim() });
        }}
      >
        <div className="w-full sm:w-96">
          <TextField
            label="Task"
            data-search
            spellCheck={false}
            autoComplete="off"
            placeholder="its id"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        </div>
        <Button type="submit">Make a case</Button>
      </form>
      {task === "" ? (
        <Empty title="Choose a task" command="npx a2a tasks list">
          What was asked becomes the input, what came of it what is expected.
        </Empty>
      ) : (
        <Suggestion key={task} taskId={task} />
      )}
    </Panel>
  );
}

function Suggestion({ taskId }: { readonly taskId: string }) {
  const query = useQuery(taskQuery(taskId));
  return (
    <Loaded query={query} what="the task">
      {({ task }) => {
        const suggested = caseFromTask(task);
        if (suggested === undefined) {
          return (
            <Empty title="No case can be made of this task">
              It has no result, or does not say what was asked. An eval compares results.
            </Empty>
          );
        }
        const text = JSON.stringify(suggested, null, 2);
        return (
          <div className="mt-4 flex flex-col gap-2">
            <p className="flex items-center gap-2 text-sm">
              Put this into <code className="font-mono">cases</code> of a file in the agent&apos;s folder evals, and
              loosen the scorers where the answer may differ.
              <CopyButton text={text} label="Copy the case" />
            </p>
            <JsonView value={text} label="The case" maxChars={256_000} />
          </div>
        );
      }}
    </Loaded>
  );
}
