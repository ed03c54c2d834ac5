import { Link } from "@tanstack/react-router";
import { lazyView } from "../../ui/lazy-view.tsx";
import { Page } from "../../ui/page.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { shellWord } from "../../ui/shell-word.ts";
import { useListKeys } from "../../ui/use-list-keys.ts";
import { ClientsSection } from "./clients-section.tsx";
import { ExportsSection } from "./exports-section.tsx";
import { IssuersSection } from "./issuers-section.tsx";
import { KeysSection } from "./keys-section.tsx";
import { LimitsSection } from "./limits-section.tsx";
import { ModelsSection } from "./models-section.tsx";
import { PeopleSection } from "./people-section.tsx";
import { SecretsSection } from "./secrets-section.tsx";
import { SessionsSection } from "./sessions-section.tsx";
import { SystemSection } from "./system-section.tsx";
import { TelemetrySection } from "./telemetry-section.tsx";
import { WebhooksSection } from "./webhooks-section.tsx";

const TargetsSection = lazyView(async () => (await import("./targets/targets-section.tsx")).TargetsSection);

const SECTIONS = [
  { id: "keys", label: "API keys", view: KeysSection, cli: "keys list" },
  { id: "people", label: "People and roles", view: PeopleSection, cli: "users list" },
  { id: "secrets", label: "Secrets", view: SecretsSection, cli: "secrets list" },
  { id: "targets", label: "Targets", view: TargetsSection, cli: "targets list" },
  { id: "webhooks", label: "Webhooks", view: WebhooksSection, cli: "webhooks list AGENT" },
  { id: "clients", label: "OAuth clients", view: ClientsSection, cli: "clients list" },
  { id: "issuers", label: "Issuers", view: IssuersSection, cli: "issuers list" },
  { id: "telemetry", label: "Telemetry", view: TelemetrySection, cli: "telemetry destinations list" },
  { id: "models", label: "Models", view: ModelsSection, cli: "models list" },
  { id: "limits", label: "Limits", view: LimitsSection, cli: "limits list" },
  { id: "exports", label: "Exports", view: ExportsSection, cli: "usage --json" },
  { id: "sessions", label: "You and sessions", view: SessionsSection, cli: "whoami" },
  { id: "system", label: "System", view: SystemSection, cli: "doctor" },
] as const;

export function SettingsScreen() {
  const [search] = useSearchState();
  useListKeys();
  const section = SECTIONS.find(({ id }) => id === search["section"]) ?? SECTIONS[0];
  return (
    <Page title="Settings" cli={`npx a2a ${section.cli.replace("AGENT", () => shellWord(search["agent"] ?? "AGENT"))}`}>
      <div className="grid items-start gap-4 md:grid-cols-[11rem_minmax(0,1fr)]">
        <nav aria-label="Settings" className="min-w-0">
          <ul className="flex gap-0.5 max-md:flex-wrap md:flex-col">
            {SECTIONS.map(({ id, label }) => (
              <li key={id}>
                <Link
                  to="/settings"
                  search={{ section: id }}
                  data-row
                  aria-current={id === section.id ? "page" : undefined}
                  className="flex min-h-8 items-center rounded-md px-3 text-text no-underline hover:bg-sunken aria-[current=page]:bg-accent-soft aria-[current=page]:font-semibold"
                >
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="flex min-w-0 flex-col gap-4">
          <section.view key={section.id} />
        </div>
      </div>
    </Page>
  );
}
