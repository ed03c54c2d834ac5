import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { may, whoAmI } from "../../api/session.ts";
import { useKeys } from "../../shell/keys.ts";
import { SelectField } from "../../ui/field.tsx";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { Empty, Loaded } from "../../ui/status.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { ApprovalDetailView } from "./approval-detail.tsx";
import { ApprovalList } from "./approval-list.tsx";
import { APPROVAL_STATES, approvalsQuery } from "./approval.ts";
import type { Approval } from "./approval.ts";
import { DecideDialog } from "./decide-dialog.tsx";
import type { Intent } from "./decide-dialog.tsx";
import { HooksPanel } from "./hooks-panel.tsx";
import { RulesPanel } from "./rules-panel.tsx";

/** Requests of runs for more than their grants have, and who answers them. */
export function ApprovalsScreen() {
  const [search, setSearch] = useSearchState();
  const tab = search["tab"] ?? "inbox";
  const who = useQuery(whoAmI);
  const isAdmin = who.data !== undefined && may(who.data, "admin");
  const pending = useQuery(approvalsQuery("pending"));
  const count = pending.data?.approvals.length ?? 0;
  const tabs = [
    { id: "inbox", label: "Inbox" },
    { id: "rules", label: "Rules" },
    ...(isAdmin ? [{ id: "hooks", label: "Told by webhook" }] : []),
  ];
  return (
    <Page title={count === 0 ? "Approvals" : `Approvals (${count})`} cli={CLI[tab] ?? "npx a2a approvals list"}>
      <Tabs
        label="Approvals"
        tabs={tabs}
        selected={tab}
        onSelect={(id) => setSearch({ tab: id === "inbox" ? undefined : id })}
      >
        {tab === "rules" ? <RulesPanel mayManage={isAdmin} /> : tab === "hooks" ? <HooksPanel /> : <Inbox />}
      </Tabs>
    </Page>
  );
}

const CLI: Readonly<Record<string, string>> = { rules: "npx a2a approvals policies" };

function Inbox() {
  const [search, setSearch] = useSearchState();
  const state =
    APPROVAL_STATES.find((known) => known === search["state"]) ?? (search["state"] === "all" ? undefined : "pending");
  const listed = useQuery(approvalsQuery(state));
  const [deciding, setDeciding] = useState<{ readonly approval: Approval; readonly intent: Intent }>();
  const [said, setSaid] = useState("");
  const approvals = listed.data?.approvals ?? NONE;
  const selected = search["id"] ?? approvals[0]?.id;
  useInboxKeys(
    approvals,
    selected,
    (id) => setSearch({ id }),
    (intent) => {
      const approval = approvals.find(({ id }) => id === selected);
      if (approval?.state === "pending") setDeciding({ approval, intent });
    },
  );
  return (
    <div className="flex flex-col gap-3">
      <p role="status" className={said === "" ? "sr-only" : "rounded-md bg-good-soft px-3 py-2 text-sm text-good"}>
        {said}
      </p>
      <div className="grid min-w-0 items-start gap-4 lg:grid-cols-[22rem_minmax(0,1fr)]">
        <Panel
          title="Requests"
          flush
          actions={
            <StateFilter state={state ?? "all"} onChange={(value) => setSearch({ state: value, id: undefined })} />
          }
        >
          <Loaded query={listed} what="requests">
            {(data) =>
              data.approvals.length === 0 ? (
                <Empty
                  title={state === "pending" ? "Nothing waits for a decision" : "No such requests"}
                  command={`npx a2a call csv-analyst summarize --input '{"path":"private/payroll.csv"}'`}
                >
                  A run that needs more than its grant has asks for it, and stands here until somebody has decided.
                </Empty>
              ) : (
                <ApprovalList approvals={data.approvals} selected={selected} onSelect={(id) => setSearch({ id })} />
              )
            }
          </Loaded>
        </Panel>
        {selected === undefined ? undefined : (
          <ApprovalDetailView
            key={selected}
            id={selected}
            onDecide={(approval, intent) => setDeciding({ approval, intent })}
          />
        )}
      </div>
      {deciding === undefined ? undefined : (
        <DecideDialog
          {...deciding}
          onClose={() => setDeciding(undefined)}
          onDecided={(decided) => {
            setDeciding(undefined);
            setSaid(`${decided.agent}: ${decided.state}. The run goes on.`);
            setSearch({ id: undefined });
          }}
        />
      )}
    </div>
  );
}

const NONE: readonly Approval[] = [];

function StateFilter({ state, onChange }: { readonly state: string; readonly onChange: (state: string) => void }) {
  return (
    <SelectField
      label="State"
      hiddenLabel
      value={state}
      onChange={(event) => onChange(event.target.value)}
      className="min-h-7 py-0.5 text-xs"
    >
      {[...APPROVAL_STATES, "all"].map((each) => (
        <option key={each} value={each}>
          {each}
        </option>
      ))}
    </SelectField>
  );
}

function useInboxKeys(
  approvals: readonly Approval[],
  selected: string | undefined,
  select: (id: string) => void,
  decide: (intent: Intent) => void,
): void {
  const latest = useRef({ approvals, selected, select, decide });
  latest.current = { approvals, selected, select, decide };
  useKeys(
    useMemo(() => {
      const move = (by: number) => () => {
        const now = latest.current;
        const at = now.approvals.findIndex(({ id }) => id === now.selected);
        const next = now.approvals[Math.max(0, Math.min(now.approvals.length - 1, at + by))];
        if (next !== undefined) now.select(next.id);
      };
      const open = (intent: Intent) => () => latest.current.decide(intent);
      return [
        { keys: "j", does: "Next request", run: move(1) },
        { keys: "k", does: "Request before", run: move(-1) },
        { keys: "a", does: "Approve, after a look at what that says", run: open("approve") },
        { keys: "n", does: "Approve less than was asked for", run: open("narrow") },
        { keys: "d", does: "Deny, with a note", run: open("deny") },
      ];
    }, []),
  );
}
