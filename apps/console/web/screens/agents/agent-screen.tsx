import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { MessageSquare } from "lucide-react";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { LinkButton } from "../../ui/link-button.tsx";
import { Page } from "../../ui/page.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { Loaded } from "../../ui/status.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { lazyView } from "../../ui/lazy-view.tsx";
import { shellWord } from "../../ui/shell-word.ts";
import { AgentBadges } from "./agent-badges.tsx";
import { agentQuery } from "./agent-queries.ts";
import type { AgentDetail } from "./agent-queries.ts";
import { OverviewTab } from "./overview-tab.tsx";
import { RemoveAgentDialog } from "./remove-agent-dialog.tsx";

const SkillsTab = lazyView(async () => (await import("./skills-tab.tsx")).SkillsTab);
const CardTab = lazyView(async () => (await import("./card-tab.tsx")).CardTab);
const ReleasesTab = lazyView(async () => (await import("./releases-tab.tsx")).ReleasesTab);
const DistributionTab = lazyView(async () => (await import("./distribution-tab.tsx")).DistributionTab);
const HealthTab = lazyView(async () => (await import("./health-tab.tsx")).HealthTab);
const PolicyTab = lazyView(async () => (await import("./policy-tab.tsx")).PolicyTab);

const TABS = [
  { id: "overview", label: "Overview", view: OverviewTab, cli: "agents show" },
  { id: "skills", label: "Skills", view: SkillsTab, cli: "call" },
  { id: "card", label: "Card", view: CardTab, cli: "agents show" },
  { id: "releases", label: "Releases", view: ReleasesTab, cli: "releases list" },
  { id: "distribution", label: "Distribution", view: DistributionTab, cli: "releases show" },
  { id: "health", label: "Health and wakes", view: HealthTab, cli: "agents wakes" },
  { id: "policy", label: "Policy", view: PolicyTab, cli: "agents show" },
] as const;

export function AgentScreen() {
  const { name = "" } = useParams({ strict: false });
  const [search, setSearch] = useSearchState();
  const query = useQuery(agentQuery(name));
  const tab = TABS.find(({ id }) => id === search["tab"]) ?? TABS[0];
  const [isRemoving, setIsRemoving] = useState(false);
  const agent = query.data;
  return (
    <Page
      title={name}
      cli={`npx a2a ${tab.cli} ${shellWord(name)}`}
      aside={agent === undefined ? undefined : <Aside agent={agent} />}
      actions={
        agent === undefined ? undefined : (
          <>
            <LinkButton to="/chat" search={{ agent: name }}>
              <MessageSquare size={15} aria-hidden />
              Chat
            </LinkButton>
            <Button look="danger" onClick={() => setIsRemoving(true)}>
              Remove
            </Button>
          </>
        )
      }
    >
      <Loaded query={query} what="the agent">
        {(data) => (
          <Tabs
            label={`About ${name}`}
            tabs={TABS}
            selected={tab.id}
            onSelect={(id) => setSearch({ tab: id }, { push: true })}
          >
            <tab.view agent={data} />
          </Tabs>
        )}
      </Loaded>
      {isRemoving ? <RemoveAgentDialog name={name} onClose={() => setIsRemoving(false)} /> : undefined}
    </Page>
  );
}

function Aside({ agent }: { readonly agent: AgentDetail }) {
  return (
    <>
      <AgentBadges agent={agent} />
      <span className="text-xs text-muted">
        {agent.kind} · v{agent.version} · {agent.visibility}
      </span>
    </>
  );
}
