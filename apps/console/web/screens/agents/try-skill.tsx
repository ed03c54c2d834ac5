import { Link } from "@tanstack/react-router";
import { Play, Square } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { path, send } from "../../api/client.ts";
import { readEvents } from "../../api/read-events.ts";
import type { Skill } from "../../api/types.ts";
import { Button } from "../../ui/button.tsx";
import { JsonView } from "../../ui/json-view.tsx";
import { Panel } from "../../ui/panel.tsx";
import { SchemaForm } from "../../ui/schema-form/schema-form.tsx";
import { Failure } from "../../ui/status.tsx";
import { SkillResult } from "./skill-result.tsx";
import { NEW_RUN, foldRun } from "./skill-run.ts";
import type { SkillRun } from "./skill-run.ts";

/** Calls a skill as any caller would, and shows its answer as it comes. */
export function TrySkill({ agentName, skill }: { readonly agentName: string; readonly skill: Skill }) {
  const [run, setRun] = useState<SkillRun | undefined>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setIsBusy] = useState(false);
  const calling = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => calling.current?.abort(), []);

  async function call(input: unknown) {
    const controller = new AbortController();
    calling.current = controller;
    setIsBusy(true);
    setError(undefined);
    setRun(NEW_RUN);
    try {
      const address = `${path`/agents/${agentName}/invoke/${skill.id}`}?stream`;
      const response = await send(address, {
        method: "POST",
        body: input ?? {},
        headers: { Accept: "text/event-stream" },
        signal: controller.signal,
      });
      for await (const event of readEvents(response)) setRun((before) => foldRun(before ?? NEW_RUN, event));
    } catch (cause) {
      if (!controller.signal.aborted) setError(cause);
    } finally {
      if (calling.current === controller) setIsBusy(false);
    }
  }
  return (
    <div className="grid items-start gap-4 xl:grid-cols-2">
      <Panel title="Input">
        <SchemaForm
          label={`Input of ${skill.name}`}
          submitLabel={isBusy ? "Calling …" : "Call"}
          isBusy={isBusy}
          onSubmit={(input) => void call(input)}
          {...(skill.inputSchema === undefined ? {} : { schema: skill.inputSchema })}
        >
          {isBusy ? (
            <Button look="quiet" onClick={() => calling.current?.abort()}>
              <Square size={13} aria-hidden />
              Stop watching
            </Button>
          ) : undefined}
        </SchemaForm>
        {skill.inputSchema === undefined ? undefined : (
          <details className="mt-4 text-sm">
            <summary className="min-h-6 text-muted">Schemas</summary>
            <div className="mt-2 flex flex-col gap-2">
              <JsonView label="Input schema" value={skill.inputSchema} />
              {skill.outputSchema === undefined ? undefined : (
                <JsonView label="Output schema" value={skill.outputSchema} />
              )}
            </div>
          </details>
        )}
      </Panel>
      <Panel title="Answer" actions={run?.taskId === undefined ? undefined : <TaskLink id={run.taskId} />}>
        {error === undefined ? undefined : <Failure error={error} />}
        {run === undefined ? (
          <p className="flex items-center gap-2 text-muted">
            <Play size={14} aria-hidden />
            Call the skill to see what it answers. The call is a task like any other.
          </p>
        ) : error === undefined ? (
          <SkillResult run={run} />
        ) : undefined}
      </Panel>
    </div>
  );
}

function TaskLink({ id }: { readonly id: string }) {
  return (
    <Link to="/tasks/$id" params={{ id }} className="inline-flex min-h-6 items-center text-xs">
      Open the task
    </Link>
  );
}
