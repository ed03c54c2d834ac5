import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { TaskEvent } from "@berth/protocol";
import { Badge } from "../../../ui/badge.tsx";
import { LinkButton } from "../../../ui/link-button.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { plainText } from "../../../ui/plain-text.ts";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { Table } from "../../../ui/table.tsx";
import { formatBytes } from "../../../ui/time.tsx";
import { authorityOf } from "../model/authority.ts";
import type { Authority } from "../model/authority.ts";

export interface AuthorityPaneProps {
  readonly events: readonly TaskEvent[];
  readonly count: number;
  readonly version: number;
  readonly onSeek: (seq: number) => void;
}

/** Files, hosts, grants and approvals as at the playhead: what it was allowed, touched and refused. */
export function AuthorityPane({ events, count, version, onSeek }: AuthorityPaneProps) {
  // The list grows in place: its version says so.
  const authority = useMemo(() => authorityOf(events, count), [events, count, version]);
  const { files, hosts, grants, requests, memory } = authority;
  return (
    <div className="grid min-w-0 items-start gap-4 2xl:grid-cols-2">
      <Panel title="Files" flush>
        {files.length === 0 ? (
          <Nothing>It has touched no file of the workspace.</Nothing>
        ) : (
          <Files files={files} onSeek={onSeek} />
        )}
      </Panel>
      <Panel title="Egress" flush>
        {hosts.length === 0 ? (
          <Nothing>
            It has connected nowhere through the platform. What an isolated agent may reach stands in its berth.json.
          </Nothing>
        ) : (
          <Hosts hosts={hosts} onSeek={onSeek} />
        )}
      </Panel>
      <Panel title="Grants" flush>
        {grants.length === 0 ? <Nothing>It has no grant.</Nothing> : <Grants grants={grants} onSeek={onSeek} />}
      </Panel>
      <Panel title="Asked for" flush>
        {requests.length === 0 ? (
          <Nothing>It has asked for nothing beyond its grant.</Nothing>
        ) : (
          <Requests requests={requests} onSeek={onSeek} />
        )}
      </Panel>
      {memory.length === 0 ? undefined : (
        <Panel title="Memory" flush>
          <Table
            caption="Memory operations"
            keyOf={({ seq }) => String(seq)}
            rows={memory}
            columns={[
              {
                head: "Operation",
                cell: ({ op, seq }) => (
                  <Seek seq={seq} onSeek={onSeek}>
                    {op}
                  </Seek>
                ),
              },
              { head: "Scope", cell: ({ scope }) => scope },
              {
                head: "Outcome",
                cell: ({ outcome, reason }) => <Outcome isOk={outcome === "ok"} text={reason ?? outcome} />,
              },
              { head: "Items", align: "right", cell: ({ items }) => items ?? "" },
            ]}
          />
        </Panel>
      )}
    </div>
  );
}

function Nothing({ children }: { readonly children: string }) {
  return <p className="p-4 text-sm text-muted">{children}</p>;
}

function Seek({
  seq,
  onSeek,
  children,
}: {
  readonly seq: number;
  readonly onSeek: (seq: number) => void;
  readonly children: string;
}) {
  return (
    <button
      type="button"
      onClick={() => onSeek(seq)}
      className="min-h-6 text-left break-words text-accent-text underline"
      title={`Show the task as at event ${seq}`}
    >
      {plainText(children)}
    </button>
  );
}

function Outcome({ isOk, text }: { readonly isOk: boolean; readonly text: string }) {
  return <Badge tone={isOk ? "good" : "bad"}>{text}</Badge>;
}

function Files({ files, onSeek }: { readonly files: Authority["files"]; readonly onSeek: (seq: number) => void }) {
  return (
    <Table
      caption="Files that the run touched"
      keyOf={({ path }) => path}
      rows={files}
      columns={[
        {
          head: "Path",
          cell: ({ path, writes }) =>
            writes === 0 ? (
              <span className="font-mono text-xs break-words">{plainText(path)}</span>
            ) : (
              <Link to="/files" search={{ path }} className="font-mono text-xs break-all">
                {plainText(path)}
              </Link>
            ),
        },
        { head: "Reads", align: "right", cell: ({ reads }) => reads || "" },
        { head: "Writes", align: "right", cell: ({ writes }) => writes || "" },
        {
          head: "Size",
          align: "right",
          cell: ({ bytes }) =>
            bytes === undefined ? "" : <span className="whitespace-nowrap">{formatBytes(bytes)}</span>,
        },
        {
          head: "Last",
          cell: ({ last, denied }) => (
            <span className="flex flex-wrap items-center gap-1">
              <Seek seq={last.seq} onSeek={onSeek}>{`${last.op} #${last.seq}`}</Seek>
              {denied > 0 ? <Badge tone="bad">{`${denied} refused`}</Badge> : undefined}
            </span>
          ),
        },
      ]}
    />
  );
}

function Hosts({ hosts, onSeek }: { readonly hosts: Authority["hosts"]; readonly onSeek: (seq: number) => void }) {
  return (
    <Table
      caption="Hosts that the run connected to"
      keyOf={({ host }) => host}
      rows={hosts}
      columns={[
        {
          head: "Host",
          cell: ({ host, seq }) => (
            <Seek seq={seq} onSeek={onSeek}>
              {host}
            </Seek>
          ),
        },
        { head: "Allowed", align: "right", cell: ({ allowed }) => allowed || "" },
        {
          head: "Refused",
          align: "right",
          cell: ({ denied }) => (denied > 0 ? <Badge tone="bad">{denied}</Badge> : ""),
        },
        {
          head: "To allow it, berth.json says",
          wide: true,
          cell: ({ rule }) =>
            rule === undefined ? "" : <code className="font-mono text-xs break-all">{plainText(rule)}</code>,
        },
      ]}
    />
  );
}

function Grants({ grants, onSeek }: { readonly grants: Authority["grants"]; readonly onSeek: (seq: number) => void }) {
  return (
    <Table
      caption="Grants of the run"
      keyOf={({ seq }) => String(seq)}
      rows={grants}
      columns={[
        {
          head: "What",
          cell: ({ phase, seq }) => (
            <Seek seq={seq} onSeek={onSeek}>
              {phase}
            </Seek>
          ),
        },
        {
          head: "Allows",
          cell: ({ read, write }) => (
            <span className="flex flex-col font-mono text-xs break-all">
              {read.map((glob) => (
                <span key={glob}>read {plainText(glob)}</span>
              ))}
              {write === undefined ? undefined : <span>write {plainText(write)}</span>}
            </span>
          ),
        },
        {
          head: "Until",
          cell: ({ expiresAt }) => (
            <span className="font-mono text-xs whitespace-nowrap">{expiresAt.slice(11, 19)}</span>
          ),
        },
        { head: "By", wide: true, cell: ({ approvedBy }) => approvedBy ?? "the platform" },
      ]}
    />
  );
}

function Requests({
  requests,
  onSeek,
}: {
  readonly requests: Authority["requests"];
  readonly onSeek: (seq: number) => void;
}) {
  return (
    <Table
      caption="Requests for more"
      keyOf={({ request }) => request.approvalId}
      rows={requests}
      columns={[
        {
          head: "State",
          cell: ({ request, decision }) => (
            <StateBadge state={decision?.phase ?? (request.phase === "requested" ? "pending" : request.phase)} />
          ),
        },
        {
          head: "What and why",
          cell: ({ request }) => (
            <span className="flex flex-col gap-0.5">
              <span className="font-mono text-xs break-all">
                {plainText(
                  [
                    ...request.read.map((glob) => `read ${glob}`),
                    ...(request.write === undefined ? [] : [`write ${request.write}`]),
                  ].join(", "),
                )}
              </span>
              <span>{plainText(request.reason)}</span>
            </span>
          ),
        },
        {
          head: "Decision",
          cell: ({ request, decision }) =>
            decision === undefined ? (
              <LinkButton small to="/approvals" search={{ id: request.approvalId }}>
                Decide
              </LinkButton>
            ) : (
              <Seek
                seq={decision.seq}
                onSeek={onSeek}
              >{`${decision.phase}${decision.by === undefined ? "" : ` by ${decision.by}`}`}</Seek>
            ),
        },
      ]}
    />
  );
}
