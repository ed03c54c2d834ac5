import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Loaded } from "../../ui/status.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { connectQuery } from "./agent-queries.ts";
import { connectLines } from "./connect-lines.ts";

export interface ConnectPanelProps {
  readonly name: string;
  readonly url: string;
  readonly isPublic: boolean;
  readonly skill: string | undefined;
}

/** What to paste where, so that another program calls this agent. */
export function ConnectPanel(props: ConnectPanelProps) {
  const query = useQuery(connectQuery(props.name));
  const [selected, setSelected] = useState("a2a");
  return (
    <Panel title="Connect">
      <Loaded query={query} what="how to connect">
        {(connect) => {
          const groups = connectLines(connect, props);
          const group = groups.find(({ id }) => id === selected) ?? groups[0];
          return (
            <Tabs label="Connect by" tabs={groups} selected={group?.id ?? ""} onSelect={setSelected}>
              <ul className="flex flex-col gap-3">
                {group?.lines.map(({ what, text }) => (
                  <li key={what} className="flex flex-col gap-1">
                    <span className="text-xs text-muted">{what}</span>
                    <span className="flex items-start gap-1">
                      <code
                        tabIndex={0}
                        aria-label={what}
                        className="max-h-40 min-w-0 flex-1 overflow-auto rounded bg-sunken px-2 py-1 font-mono text-xs whitespace-pre"
                      >
                        {text}
                      </code>
                      <CopyButton text={text} label={`Copy: ${what}`} />
                    </span>
                  </li>
                ))}
              </ul>
              {props.isPublic ? undefined : (
                <p className="mt-3 text-xs text-muted">
                  Callers need an API key: <code className="font-mono">npx a2a keys create NAME --scope invoke</code>
                </p>
              )}
            </Tabs>
          );
        }}
      </Loaded>
    </Panel>
  );
}
