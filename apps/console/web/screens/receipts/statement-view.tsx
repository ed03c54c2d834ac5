import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { ReactNode } from "react";
import { Facts } from "../../ui/facts.tsx";
import { JsonView } from "../../ui/json-view.tsx";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { StateBadge } from "../../ui/state-badge.tsx";
import { Table } from "../../ui/table.tsx";
import { formatBytes, formatCost, formatDuration } from "../../ui/time.tsx";
import { Hash } from "./hash.tsx";
import { readRunEvents } from "./run-events.ts";
import type { VerifiedSummary } from "./verify-messages.ts";

/** The signed statement in plain words: who, what, when, with what, and what it cost. */
export function StatementView({ receipt }: { readonly receipt: VerifiedSummary }) {
  const { statement, events } = receipt;
  const { run, agent, caller, io, gl, ops, grants = [] } = statement.predicate;
  const read = useMemo(() => readRunEvents(events.shown), [events.shown]);
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Panel title="What was run">
        <Facts
          facts={[
            { name: "Ended", value: <StateBadge state={run.status} /> },
            { name: "Because of", value: run.reason },
            { name: "Skill", value: run.skill === undefined ? "a plain message" : plainText(run.skill) },
            { name: "Accepted", value: run.accepted_at },
            { name: "Completed", value: run.completed_at },
            { name: "Took", value: formatDuration(run.elapsed_ms * 1_000) },
            { name: "Through", value: (run.protocols ?? [run.protocol]).join(", ") },
            { name: "Attempts", value: run.attempts },
            {
              name: "Task",
              value: (
                <Link to="/tasks/$id" params={{ id: run.task_id }} className="font-mono text-xs">
                  {run.task_id}
                </Link>
              ),
            },
            { name: "Context", value: <Mono text={run.context_id} /> },
          ]}
        />
      </Panel>
      <div className="grid gap-4 md:grid-cols-2">
        <Panel title="By which agent">
          <Facts
            facts={[
              { name: "Agent", value: plainText(agent.name) },
              { name: "Run", value: `#${statement.predicate.agent_seq} of this agent` },
              { name: "Version", value: agent.version },
              { name: "Release", value: <Mono text={agent.release} /> },
              { name: "Code", value: agent.image && <Hash value={agent.image} /> },
              { name: "Card", value: agent.card && <Hash value={agent.card} /> },
            ]}
          />
        </Panel>
        <Panel title="For whom">
          <Facts
            facts={[
              { name: "Caller", value: <Mono text={caller.sub} /> },
              { name: "Kind", value: caller.kind.replaceAll("_", " ") },
              { name: "Organization", value: <Mono text={caller.org} /> },
              {
                name: "Verified by",
                value:
                  caller.authn &&
                  [caller.authn.scheme, caller.authn.iss, caller.authn.client_id]
                    .filter((each) => each !== undefined)
                    .join(", "),
              },
              { name: "Passed on by", value: caller.act?.map(plainText).join(", ") },
            ]}
          />
        </Panel>
      </div>
      <Panel title="What went in and came out">
        <Facts
          facts={[
            { name: "Input", value: <Hash value={io.input} /> },
            { name: "Result", value: <Hash value={io.result} /> },
            ...statement.subject.map(({ name, digest }) => ({
              name: plainText(name),
              value: <Hash value={`sha256:${digest["sha256"] ?? ""}`} />,
            })),
          ]}
        />
      </Panel>
      <Panel title="What it might do with files, and did">
        <div className="flex flex-col gap-3">
          {grants.length === 0 ? (
            <p className="text-sm text-muted">It had no grant, so it could reach no file.</p>
          ) : undefined}
          {grants.map((grant) => (
            <Facts
              key={grant.id}
              facts={[
                { name: "Grant", value: <Mono text={grant.id} /> },
                {
                  name: "May read",
                  value: grant.read.length === 0 ? "nothing" : <Mono text={grant.read.join(", ")} />,
                },
                { name: "May write", value: grant.write === undefined ? "nothing" : <Mono text={grant.write} /> },
                {
                  name: "Approved by",
                  value: grant.approved_by && <Mono text={`${grant.approved_by} (${grant.approval ?? ""})`} />,
                },
              ]}
            />
          ))}
          {ops === undefined ? undefined : (
            <p className="border-t border-line pt-3 text-sm">
              {ops.reads} read ({formatBytes(ops.bytes_read)}), {ops.writes} written ({formatBytes(ops.bytes_written)}),{" "}
              {ops.denied} denied.
            </p>
          )}
        </div>
        {read.files.length === 0 ? undefined : (
          <Table
            caption="File operations"
            rows={read.files}
            keyOf={({ seq }) => String(seq)}
            columns={[
              { head: "Op", cell: ({ op }) => op },
              { head: "Path", cell: ({ path }) => <Mono text={path} /> },
              { head: "Ended", cell: ({ outcome }) => <StateBadge state={outcome} /> },
              { head: "Bytes", align: "right", cell: ({ bytes }) => (bytes === undefined ? "" : formatBytes(bytes)) },
              {
                head: "Content",
                wide: true,
                cell: ({ digest }) => (digest === undefined ? "" : <Hash value={digest} />),
              },
            ]}
          />
        )}
      </Panel>
      {read.connections.length === 0 ? undefined : (
        <Panel title="Where it connected to" flush>
          <Table
            caption="Connections"
            rows={read.connections}
            keyOf={({ host, port, decision }) => `${decision} ${host} ${port}`}
            columns={[
              { head: "Host", cell: ({ host, port }) => <Mono text={`${host}:${port}`} /> },
              {
                head: "Decision",
                cell: ({ decision }) => <StateBadge state={decision === "allowed" ? "ok" : decision} />,
              },
              { head: "Times", align: "right", cell: ({ count }) => count },
            ]}
          />
        </Panel>
      )}
      <Panel title="What it used and cost">
        <Facts
          facts={[
            { name: "Charged", value: gl === undefined ? "nothing was booked" : `${gl.amount} ${gl.currency}` },
            { name: "Price", value: gl?.price },
            { name: "Journal", value: gl && <Mono text={gl.journal} /> },
            { name: "Posting", value: gl && <Hash value={gl.posting} /> },
            {
              name: "Tokens",
              value:
                run.usage &&
                `${run.usage.input_tokens.toLocaleString("en")} in, ${run.usage.output_tokens.toLocaleString("en")} out, by the agent’s own account`,
            },
            ...read.models.map(({ model, calls, inputTokens, outputTokens, costMicros }) => ({
              name: plainText(model),
              value: `${calls} calls, ${inputTokens.toLocaleString("en")} in, ${outputTokens.toLocaleString("en")} out, ${formatCost(costMicros)}, measured`,
            })),
          ]}
        />
      </Panel>
      <Panel title="Events">
        <p className="text-sm">
          {events.total.toLocaleString("en")} events, of which this file shows {events.disclosed.toLocaleString("en")}.
        </p>
        <p className="mt-1 text-xs text-muted">
          {read.kinds.map(({ kind, count }) => `${count} ${kind.replaceAll("_", " ")}`).join(", ")}
        </p>
        <details className="mt-2">
          <summary className="min-h-6 text-xs font-medium">The statement as it was signed</summary>
          <div className="mt-2">
            <JsonView value={statement} label="Statement" />
          </div>
        </details>
      </Panel>
    </div>
  );
}

function Mono({ text }: { readonly text: string }): ReactNode {
  return <code className="font-mono text-xs break-all">{plainText(text)}</code>;
}
