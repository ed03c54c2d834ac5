import { Link } from "@tanstack/react-router";
import { CircleCheck, CircleDashed } from "lucide-react";
import type { ReactNode } from "react";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Panel } from "../../ui/panel.tsx";

/** What to do first, until something has been called. */
export function FirstSteps({ agent }: { readonly agent: string | undefined }) {
  const name = agent ?? "echo";
  return (
    <Panel title="First steps">
      <ol className="grid gap-4 md:grid-cols-3">
        <Step title="1. Deploy an agent" isDone={agent !== undefined} command="npx a2a deploy examples/echo">
          A folder with code becomes an agent with an address. Or{" "}
          <Link to="/deployments/new">choose a folder here</Link>, or{" "}
          <Link to="/agents">import one that runs elsewhere</Link>.
        </Step>
        <Step title="2. Call it" isDone={false} command={`npx a2a call ${name} --message hello`}>
          {agent === undefined ? (
            "Then call it, from a terminal or from the form on its page."
          ) : (
            <>
              From a terminal, or from{" "}
              <Link to="/agents/$name" params={{ name }} search={{ tab: "skills" }}>
                the form on its page
              </Link>
              .
            </>
          )}
        </Step>
        <Step title="3. Connect your programs" isDone={false} command={`npx a2a mcp-url ${name}`}>
          Over A2A, MCP or plain HTTP. Every call leaves a task that you can look at and a receipt that anybody can
          verify.
        </Step>
      </ol>
    </Panel>
  );
}

interface StepProps {
  readonly title: string;
  readonly isDone: boolean;
  readonly command: string;
  readonly children: ReactNode;
}

function Step({ title, isDone, command, children }: StepProps) {
  return (
    <li className="flex min-w-0 flex-col gap-2">
      <h3 className="flex items-center gap-2 font-medium">
        {isDone ? (
          <CircleCheck size={16} aria-label="Done" className="text-good" />
        ) : (
          <CircleDashed size={16} aria-label="To do" className="text-muted" />
        )}
        {title}
      </h3>
      <p className="text-muted">{children}</p>
      <p className="mt-auto flex items-center gap-1">
        <code
          tabIndex={0}
          className="min-w-0 overflow-x-auto rounded bg-sunken px-2 py-1 font-mono text-xs whitespace-nowrap"
        >
          {command}
        </code>
        <CopyButton text={command} label={`Copy: ${command}`} />
      </p>
    </li>
  );
}
