import { ChevronRight } from "lucide-react";
import { clsx } from "clsx";
import { Badge } from "../../ui/badge.tsx";
import { Empty } from "../../ui/status.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { useListKeys } from "../../ui/use-list-keys.ts";
import type { AgentDetail } from "./agent-queries.ts";
import { TrySkill } from "./try-skill.tsx";

/** The skills on the left, the chosen one to try on the right; which one is chosen stands in the address. */
export function SkillsTab({ agent }: { readonly agent: AgentDetail }) {
  const [search, setSearch] = useSearchState();
  useListKeys();
  const chosen = agent.skills.find(({ id }) => id === search["skill"]) ?? agent.skills[0];
  if (chosen === undefined) return <Empty title="Its card names no skill" command={`npx a2a chat ${agent.name}`} />;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(15rem,1fr)_minmax(0,3fr)]">
      <ul
        className="max-h-80 overflow-y-auto rounded-lg border border-line bg-panel p-1 lg:max-h-none"
        aria-label="Skills"
      >
        {agent.skills.map(({ id, name, description }) => (
          <li key={id}>
            <button
              type="button"
              data-row
              aria-current={id === chosen.id}
              onClick={() => setSearch({ skill: id })}
              className={clsx(
                "flex w-full items-center gap-2 rounded-md px-3 py-1.5 text-left",
                id === chosen.id ? "bg-accent-soft" : "hover:bg-sunken",
              )}
            >
              <span className="min-w-0 flex-1">
                <span className="block font-medium break-words">{name}</span>
                <span className={clsx("line-clamp-1 text-xs", id === chosen.id ? "text-text" : "text-muted")}>
                  {description}
                </span>
              </span>
              <ChevronRight size={15} aria-hidden className={clsx("shrink-0", id === chosen.id ? "" : "invisible")} />
            </button>
          </li>
        ))}
      </ul>
      <div className="flex min-w-0 flex-col gap-3">
        <header className="flex flex-wrap items-center gap-2">
          <h2 className="text-base font-semibold break-words">{chosen.name}</h2>
          {chosen.tags.map((tag) => (
            <Badge key={tag}>{tag}</Badge>
          ))}
          <p className="w-full text-muted">{chosen.description}</p>
        </header>
        <TrySkill key={`${agent.name} ${chosen.id}`} agentName={agent.name} skill={chosen} />
      </div>
    </div>
  );
}
