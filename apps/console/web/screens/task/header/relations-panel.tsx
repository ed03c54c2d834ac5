import { Link } from "@tanstack/react-router";
import type { AcceptedEvent } from "@berth/protocol";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { Facts } from "../../../ui/facts.tsx";
import type { Fact } from "../../../ui/facts.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { plainText } from "../../../ui/plain-text.ts";
import { StateBadge } from "../../../ui/state-badge.tsx";
import type { ChildTask } from "../model/lanes.ts";

export interface RelationsPanelProps {
  readonly accepted: AcceptedEvent;
  readonly digest?: string;
  readonly version?: string;
  readonly childTasks: ReadonlyMap<string, ChildTask>;
  readonly calls: readonly { readonly agentName: string; readonly childTaskId: string }[];
  readonly receiptId?: string;
  readonly traceIds: readonly string[];
}

const ID = "inline-flex min-h-6 items-center font-mono text-xs break-all";

/** Who ran this for whom, and what else belongs to it. */
export function RelationsPanel({
  accepted,
  digest,
  version,
  childTasks,
  calls,
  receiptId,
  traceIds,
}: RelationsPanelProps) {
  const { agentName, releaseId, contextId, skill, protocol, principal, authn, actors, parentTaskId } = accepted;
  const facts: Fact[] = [
    {
      name: "Agent",
      value: (
        <>
          <Link to="/agents/$name" params={{ name: agentName }}>
            {agentName}
          </Link>
          {version === undefined ? "" : ` ${plainText(version)}`}
        </>
      ),
    },
    ...(skill === undefined ? [] : [{ name: "Skill", value: plainText(skill) }]),
    { name: "Release", value: <Copied text={releaseId} /> },
    ...(digest === undefined ? [] : [{ name: "Digest", value: <Copied text={digest} /> }]),
    {
      name: "Caller",
      value: (
        <span className="break-all">
          {principal.kind.replaceAll("_", " ")} <code className="font-mono text-xs">{plainText(principal.id)}</code>
          {actors === undefined || actors.length === 0 ? "" : ` through ${plainText(actors.join(", "))}`}
        </span>
      ),
    },
    { name: "Door", value: `${protocol}${authn === undefined ? "" : `, ${authn.scheme}`}` },
    {
      name: "Context",
      value: (
        <Link to="/tasks" search={{ q: `context:${contextId}` }} className={ID}>
          {plainText(contextId)}
        </Link>
      ),
    },
    ...(parentTaskId === undefined
      ? []
      : [
          {
            name: "Called by",
            value: (
              <Link to="/tasks/$id" params={{ id: parentTaskId }} className={ID}>
                {parentTaskId}
              </Link>
            ),
          },
        ]),
    ...(calls.length === 0
      ? []
      : [
          {
            name: "Called",
            value: (
              <ul className="flex flex-col gap-1">
                {calls.map(({ agentName: called, childTaskId }) => {
                  const child = childTasks.get(childTaskId);
                  return (
                    <li key={childTaskId} className="flex flex-wrap items-center gap-1.5">
                      <Link
                        to="/tasks/$id"
                        params={{ id: childTaskId }}
                        className="inline-flex min-h-6 items-center"
                        title={childTaskId}
                      >
                        {called}
                      </Link>
                      {child === undefined ? undefined : <StateBadge state={child.state} />}
                    </li>
                  );
                })}
              </ul>
            ),
          },
        ]),
    ...(traceIds.length === 0
      ? []
      : [
          {
            name: traceIds.length === 1 ? "Trace" : "Traces",
            value: (
              <ul>
                {traceIds.map((traceId) => (
                  <li key={traceId}>
                    <Link to="/traces/$id" params={{ id: traceId }} className={ID}>
                      {traceId.slice(0, 16)}…
                    </Link>
                  </li>
                ))}
              </ul>
            ),
          },
        ]),
    ...(receiptId === undefined
      ? []
      : [
          {
            name: "Receipt",
            value: (
              <Link to="/receipts/$id" params={{ id: receiptId }} className={ID}>
                {receiptId}
              </Link>
            ),
          },
        ]),
  ];
  return (
    <Panel title="About">
      <Facts facts={facts} />
    </Panel>
  );
}

function Copied({ text }: { readonly text: string }) {
  return (
    <span className="flex min-w-0 items-center gap-1">
      <code className="min-w-0 truncate font-mono text-xs" title={text}>
        {text}
      </code>
      <CopyButton text={text} label="Copy" />
    </span>
  );
}
