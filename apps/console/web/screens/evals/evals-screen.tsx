import { useQuery } from "@tanstack/react-query";
import { SelectField } from "../../ui/field.tsx";
import { Page } from "../../ui/page.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { Tabs } from "../../ui/tabs.tsx";
import { useListKeys } from "../../ui/use-list-keys.ts";
import { CasePanel } from "./case-panel.tsx";
import { ComparePanel } from "./compare-panel.tsx";
import { agentsQuery } from "./eval-queries.ts";
import { FlakePanel } from "./flake-panel.tsx";
import { GatePanel } from "./gate-panel.tsx";
import { RunPanel } from "./run-panel.tsx";
import { RunsTab } from "./runs-tab.tsx";
import { SamplesPanel } from "./samples-panel.tsx";
import { ScoresPanel } from "./scores-panel.tsx";
import { SuitesTab } from "./suites-tab.tsx";

const TABS = [
  { id: "runs", label: "Runs" },
  { id: "suites", label: "Suites" },
  { id: "compare", label: "Compare" },
  { id: "flakes", label: "Flakes" },
  { id: "samples", label: "Real tasks" },
  { id: "gate", label: "Gate" },
  { id: "case", label: "Add a case" },
] as const;

/** What agents are held to, how they did, and what became worse. */
export function EvalsScreen() {
  const [{ agent, tab = "runs", run }, setSearch] = useSearchState();
  useListKeys();
  return (
    <Page title="Evals" cli={cliOf(agent, tab, run)} actions={<AgentPicker agent={agent} />}>
      {agent === undefined ? (
        <ScoresPanel />
      ) : (
        <Tabs
          label="Evals"
          tabs={TABS}
          selected={TABS.some(({ id }) => id === tab) ? tab : "runs"}
          onSelect={(id) => setSearch({ tab: id === "runs" ? undefined : id })}
        >
          <Body agent={agent} tab={tab} run={run} />
        </Tabs>
      )}
    </Page>
  );
}

interface BodyProps {
  readonly agent: string;
  readonly tab: string;
  readonly run: string | undefined;
}

function Body({ agent, tab, run }: BodyProps) {
  switch (tab) {
    case "suites":
      return <SuitesTab agent={agent} />;
    case "compare":
      return <ComparePanel agent={agent} />;
    case "flakes":
      return <FlakePanel agent={agent} />;
    case "samples":
      return <SamplesPanel agent={agent} />;
    case "gate":
      return <GatePanel agent={agent} />;
    case "case":
      return <CasePanel />;
    default:
      return (
        <div className="flex flex-col gap-4">
          {run === undefined ? undefined : <RunPanel key={run} agent={agent} runId={run} />}
          <RunsTab agent={agent} />
        </div>
      );
  }
}

function AgentPicker({ agent }: { readonly agent: string | undefined }) {
  const [, setSearch] = useSearchState();
  const { data } = useQuery(agentsQuery);
  const names = data?.agents.map(({ name }) => name) ?? [];
  const all = agent === undefined || names.includes(agent) ? names : [agent, ...names];
  return (
    <div className="w-52">
      <SelectField
        label="Agent"
        hiddenLabel
        value={agent ?? ""}
        onChange={(event) =>
          setSearch(
            { agent: event.currentTarget.value, run: undefined, with: undefined, suite: undefined },
            { push: true },
          )
        }
      >
        <option value="">All agents</option>
        {all.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </SelectField>
    </div>
  );
}

function cliOf(agent: string | undefined, tab: string, run: string | undefined): string {
  if (agent === undefined || !/^[\w-]+$/.test(agent)) return "npx a2a evals list";
  if (tab === "samples") return `npx a2a evals samples ${agent}`;
  if (tab === "runs" && run !== undefined && /^\w+$/.test(run)) return `npx a2a evals show ${agent} ${run}`;
  return `npx a2a evals list ${agent}`;
}
