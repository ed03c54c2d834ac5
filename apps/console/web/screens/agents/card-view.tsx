import type { ReactNode } from "react";
import type { AgentCard } from "../../api/types.ts";
import { Badge } from "../../ui/badge.tsx";
import { ExternalLink } from "../../ui/external-link.tsx";
import { Facts } from "../../ui/facts.tsx";
import { JsonView } from "../../ui/json-view.tsx";

/** A card for people. It may be a stranger's: what has not the shape is shown as it is. */
export function CardView({ card }: { readonly card: unknown }) {
  if (!isCard(card)) return <JsonView label="The card" value={card} />;
  const { provider, capabilities, documentationUrl } = card;
  const can = (["streaming", "pushNotifications", "extendedAgentCard"] as const).filter((name) => capabilities[name]);
  const credentials = Object.keys(card.securitySchemes ?? {});
  return (
    <div className="grid gap-x-8 gap-y-4 lg:grid-cols-2">
      <Section title="Identity">
        <Facts
          facts={[
            { name: "Name", value: card.name },
            { name: "Version", value: card.version },
            { name: "Description", value: <span className="whitespace-pre-line">{card.description}</span> },
            {
              name: "Provider",
              value:
                provider === undefined ? (
                  "nobody is named"
                ) : (
                  <ExternalLink address={provider.url}>{provider.organization}</ExternalLink>
                ),
            },
            ...(documentationUrl === undefined
              ? []
              : [{ name: "Documentation", value: <ExternalLink address={documentationUrl} /> }]),
          ]}
        />
      </Section>
      <Section title="Capabilities">
        <Facts
          facts={[
            { name: "Can", value: can.length === 0 ? "nothing beyond answering" : <Badges texts={can} /> },
            { name: "Takes", value: <Badges texts={card.defaultInputModes} /> },
            { name: "Gives", value: <Badges texts={card.defaultOutputModes} /> },
            { name: "Credentials", value: credentials.length === 0 ? "none needed" : <Badges texts={credentials} /> },
          ]}
        />
      </Section>
      <Section title="Interfaces">
        <ul className="flex flex-col gap-1.5">
          {card.supportedInterfaces.map(({ url, protocolBinding, protocolVersion, tenant }) => (
            <li key={`${protocolBinding} ${protocolVersion} ${url}`} className="flex flex-wrap items-center gap-2">
              <Badge tone="info">
                {protocolBinding} {protocolVersion}
              </Badge>
              <code className="min-w-0 font-mono text-xs break-all">
                {url}
                {tenant === undefined ? "" : ` (tenant ${tenant})`}
              </code>
            </li>
          ))}
        </ul>
      </Section>
      <Section title="Extensions">
        <ul className="flex flex-col gap-1.5">
          {(capabilities.extensions ?? []).map(({ uri, description, required }) => (
            <li key={uri}>
              <code className="font-mono text-xs break-all">{uri}</code>
              {required === true ? <Badge tone="warn">required</Badge> : undefined}
              <p className="text-xs text-muted">{description}</p>
            </li>
          ))}
        </ul>
      </Section>
      <div className="lg:col-span-2">
        <Section title={`Skills (${card.skills.length})`}>
          <ul className="grid gap-x-8 gap-y-2 md:grid-cols-2">
            {card.skills.map(({ id, name, description, tags }) => (
              <li key={id} className="min-w-0">
                <p className="flex flex-wrap items-center gap-2 font-medium">
                  {name}
                  {id === name ? undefined : <code className="font-mono text-xs text-muted">{id}</code>}
                  <Badges texts={tags} />
                </p>
                <p className="text-muted">{description}</p>
              </li>
            ))}
          </ul>
        </Section>
      </div>
    </div>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="min-w-0">
      <h3 className="mb-2 text-sm font-semibold">{title}</h3>
      {children}
    </section>
  );
}

function Badges({ texts }: { readonly texts: readonly string[] }) {
  return (
    <span className="flex flex-wrap gap-1">
      {texts.map((text) => (
        <Badge key={text}>{text}</Badge>
      ))}
    </span>
  );
}

/** The platform checks cards when it takes them; this is for what it had taken before it did. */
function isCard(card: unknown): card is AgentCard {
  if (typeof card !== "object" || card === null) return false;
  const { supportedInterfaces, skills, capabilities, defaultInputModes, defaultOutputModes } =
    card as Partial<AgentCard>;
  return (
    [supportedInterfaces, skills, defaultInputModes, defaultOutputModes].every((each) => Array.isArray(each)) &&
    typeof capabilities === "object"
  );
}
