import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, FilePlus2, Lock, Minus, PencilLine, X } from "lucide-react";
import type { ReactNode } from "react";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Loaded } from "../../ui/status.tsx";
import { Time, formatBytes } from "../../ui/time.tsx";
import { approvalQuery, grantsOfRunQuery } from "./approval.ts";
import type { ApprovalDetail } from "./approval.ts";
import { Countdown } from "./countdown.tsx";
import type { Intent } from "./decide-dialog.tsx";
import { presentGrant, scopeDiff } from "./scope-diff.ts";
import { SignedPanel } from "./signed-panel.tsx";

export interface ApprovalDetailProps {
  readonly id: string;
  readonly onDecide: (approval: ApprovalDetail, intent: Intent) => void;
}

export function ApprovalDetailView({ id, onDecide }: ApprovalDetailProps) {
  return (
    <Loaded query={useQuery(approvalQuery(id))} what="the request">
      {(approval) => <Detail approval={approval} onDecide={onDecide} />}
    </Loaded>
  );
}

function Detail({
  approval,
  onDecide,
}: {
  readonly approval: ApprovalDetail;
  readonly onDecide: ApprovalDetailProps["onDecide"];
}) {
  const { matches, objection, state, decision } = approval;
  const isOpen = state === "pending";
  return (
    <article aria-label={`Request of ${approval.agent}`} className="flex min-w-0 flex-col gap-4">
      <Panel>
        <div className="flex flex-col gap-3">
          <header className="flex flex-wrap items-center gap-2">
            <h2 className="text-base font-semibold">{approval.agent} asks for more than it was given</h2>
            {isOpen ? <Countdown until={approval.expiresAt} /> : <StateBadge state={state} />}
          </header>
          <Facts
            facts={[
              {
                name: "Agent",
                value: (
                  <Link to="/agents/$name" params={{ name: approval.agent }}>
                    {approval.agent}
                  </Link>
                ),
              },
              {
                name: "Task",
                value: (
                  <Link to="/tasks/$id" params={{ id: approval.taskId }} className="font-mono text-xs">
                    {approval.taskId}
                  </Link>
                ),
              },
              { name: "Called by", value: <code className="font-mono text-xs">{approval.requesterId}</code> },
              { name: "Asked", value: <Time at={approval.requestedAt} /> },
            ]}
          />
          <Scope approval={approval} />
          {isOpen ? <Decide objection={objection} onDecide={(intent) => onDecide(approval, intent)} /> : undefined}
        </div>
      </Panel>
      <Panel
        title="What the globs match now"
        flush
        actions={
          <span className="text-xs text-muted">
            {matches.count.toLocaleString("en")} {matches.count === 1 ? "file" : "files"}, {formatBytes(matches.bytes)}
          </span>
        }
      >
        <Matches matches={matches} />
      </Panel>
      <Panel title="The agent's reason">
        <blockquote className="border-l-2 border-line-strong pl-3 break-words whitespace-pre-wrap">
          {plainText(approval.reason)}
        </blockquote>
        <p className="mt-2 text-xs text-muted">
          The agent wrote it, and nobody has checked it. What counts is what the globs match.
        </p>
      </Panel>
      {decision === undefined ? undefined : <SignedPanel decision={decision} />}
    </article>
  );
}

function Scope({ approval }: { readonly approval: ApprovalDetail }) {
  const grants = useQuery(grantsOfRunQuery(approval.taskId));
  const present = presentGrant(grants.data?.grants ?? []);
  const held = [
    ...(present?.scope.read ?? []).map((glob) => ({ kind: "read", pattern: glob })),
    ...(present?.scope.write === undefined ? [] : [{ kind: "write", pattern: present.scope.write }]),
  ];
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <div>
        <h3 className="mb-1 text-xs font-semibold text-muted">Asked for</h3>
        <ul className="flex flex-col gap-1">
          {scopeDiff(approval, present?.scope).map(({ kind, pattern, status }) => (
            <Row
              key={`${kind} ${pattern}`}
              icon={kind === "write" ? <PencilLine size={13} aria-hidden /> : <FilePlus2 size={13} aria-hidden />}
              text={`${kind} ${pattern}`}
            >
              {status === "held" ? <Badge>has it already</Badge> : <Badge tone="warn">new</Badge>}
            </Row>
          ))}
        </ul>
      </div>
      <div>
        <h3 className="mb-1 text-xs font-semibold text-muted">
          {approval.state === "pending" ? "Holds already" : "Holds now, or held last"}
        </h3>
        {grants.error === null ? undefined : (
          <p className="text-xs text-muted">Grants need the scope “read”, “operate” or “audit”.</p>
        )}
        <ul className="flex flex-col gap-1">
          {held.map(({ kind, pattern }) => (
            <Row key={`${kind} ${pattern}`} icon={<Lock size={13} aria-hidden />} text={`${kind} ${pattern}`} />
          ))}
          {held.length === 0 && grants.isSuccess ? (
            <Row icon={<Minus size={13} aria-hidden />} text="nothing" />
          ) : undefined}
        </ul>
      </div>
    </div>
  );
}

function Row({
  icon,
  text,
  children,
}: {
  readonly icon: ReactNode;
  readonly text: string;
  readonly children?: ReactNode;
}) {
  return (
    <li className="flex min-h-6 min-w-0 items-center gap-2">
      <span className="shrink-0 text-muted">{icon}</span>
      <code className="min-w-0 font-mono text-xs break-all">{plainText(text)}</code>
      {children}
    </li>
  );
}

function Decide({
  objection,
  onDecide,
}: {
  readonly objection: string | undefined;
  readonly onDecide: (intent: Intent) => void;
}) {
  if (objection !== undefined) {
    return (
      <p className="flex items-start gap-2 rounded-md bg-warn-soft p-2 text-sm text-warn">
        <Lock size={15} aria-hidden className="mt-0.5 shrink-0" />
        <span>You may not decide this one. {objection}</span>
      </p>
    );
  }
  return (
    <div className="flex flex-wrap gap-2 border-t border-line pt-3">
      <Button look="primary" onClick={() => onDecide("approve")}>
        <Check size={15} aria-hidden />
        Approve …
      </Button>
      <Button onClick={() => onDecide("narrow")}>Approve less …</Button>
      <Button look="danger" onClick={() => onDecide("deny")}>
        <X size={15} aria-hidden />
        Deny …
      </Button>
    </div>
  );
}

function Matches({ matches }: { readonly matches: ApprovalDetail["matches"] }) {
  if (matches.count === 0)
    return <p className="p-4 text-sm text-muted">No file of the workspace matches at this moment.</p>;
  return (
    <ul tabIndex={0} aria-label="Matched files" className="max-h-72 divide-y divide-line overflow-y-auto">
      {matches.files.map(({ path, bytes }) => (
        <li key={path} className="flex items-baseline gap-3 px-4 py-1.5">
          <Link to="/files" search={{ path }} className="min-w-0 font-mono text-xs break-all">
            {plainText(path)}
          </Link>
          <span className="ml-auto shrink-0 text-xs text-muted tabular-nums">{formatBytes(bytes)}</span>
        </li>
      ))}
      {matches.more ? <li className="px-4 py-1.5 text-xs text-muted">and others</li> : undefined}
    </ul>
  );
}
