import { validateCard } from "@berth/protocol";
import type { CardFinding } from "@berth/protocol";
import { useQuery } from "@tanstack/react-query";
import { CircleAlert, ShieldCheck, ShieldQuestion, ShieldX, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { api, path, send } from "../../api/client.ts";
import { Badge } from "../../ui/badge.tsx";
import type { Tone } from "../../ui/badge.tsx";
import { Facts } from "../../ui/facts.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { JsonView } from "../../ui/json-view.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Loaded } from "../../ui/status.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import type { AgentDetail } from "./agent-queries.ts";
import { CardView } from "./card-view.tsx";
import { verifyCard } from "./verify-card.ts";
import type { CardCheck, KeySet } from "./verify-card.ts";

const FORMS = [
  { id: "1.0", label: "Card" },
  { id: "json", label: "JSON" },
  { id: "upstream", label: "As the agent gave it" },
] as const;

/** The card as published, what is wrong with it, and whether the signature holds: checked here, in the browser. */
export function CardTab({ agent: { name } }: { readonly agent: AgentDetail }) {
  const [form, setForm] = useState<string>("1.0");
  const card = useQuery({
    queryKey: ["agents", "card", name],
    queryFn: async ({ signal }) => await (await send(path`/v1/agents/${name}/card`, { signal })).text(),
  });
  return (
    <Loaded query={card} what="its card">
      {(text) => (
        <div className="flex flex-col gap-4">
          <div className="grid gap-4 lg:grid-cols-2">
            <SignaturePanel text={text} />
            <FindingsPanel findings={validateCard(parsed(text))} />
          </div>
          <Panel>
            <Tabs label="Form of the card" tabs={FORMS} selected={form} onSelect={setForm}>
              {form === "1.0" ? <CardView card={parsed(text)} /> : undefined}
              {form === "json" ? (
                <CardText text={JSON.stringify(parsed(text), null, 2)} label="The card as JSON" />
              ) : undefined}
              {form === "upstream" ? <UpstreamCard name={name} /> : undefined}
            </Tabs>
          </Panel>
        </div>
      )}
    </Loaded>
  );
}

const LOOKS: Readonly<Record<CardCheck["verdict"], { readonly tone: Tone; readonly icon: typeof ShieldCheck }>> = {
  verified: { tone: "good", icon: ShieldCheck },
  "not verified": { tone: "bad", icon: ShieldX },
  unsigned: { tone: "warn", icon: ShieldQuestion },
};

function SignaturePanel({ text }: { readonly text: string }) {
  const check = useQuery({
    queryKey: ["card-check", text],
    queryFn: async ({ signal }) => await verifyCard(text, await api<KeySet>("/.well-known/jwks.json", { signal })),
  });
  return (
    <Panel title="Signature">
      <Loaded query={check} what="the keys">
        {({ verdict, detail, engine, keyId }) => {
          const { tone, icon: Icon } = LOOKS[verdict];
          return (
            <div className="flex flex-col gap-3">
              <p className="flex items-center gap-2">
                <Badge tone={tone}>
                  <Icon size={13} aria-hidden />
                  {verdict}
                </Badge>
                <span>{detail}</span>
              </p>
              <Facts
                facts={[
                  ...(keyId === undefined
                    ? []
                    : [{ name: "Key", value: <code className="font-mono text-xs break-all">{keyId}</code> }]),
                  ...(engine === undefined ? [] : [{ name: "Checked by", value: engine }]),
                  { name: "Keys from", value: <code className="font-mono text-xs">/.well-known/jwks.json</code> },
                ]}
              />
            </div>
          );
        }}
      </Loaded>
    </Panel>
  );
}

function FindingsPanel({ findings }: { readonly findings: readonly CardFinding[] }) {
  const errors = findings.filter(({ level }) => level === "error").length;
  return (
    <Panel title="Validation">
      {findings.length === 0 ? (
        <p>The card follows A2A 1.0.</p>
      ) : (
        <div className="flex flex-col gap-3">
          <p>
            {errors === 0
              ? "The card follows A2A 1.0."
              : `${errors} ${errors === 1 ? "thing does" : "things do"} not follow A2A 1.0.`}
          </p>
          <ul className="flex max-h-60 flex-col gap-1.5 overflow-y-auto" tabIndex={0} aria-label="Findings">
            {findings.map(({ level, at, message }) => (
              <li key={`${at} ${message}`} className="flex items-start gap-2">
                {level === "error" ? (
                  <CircleAlert size={15} aria-label="Error" className="mt-0.5 shrink-0 text-bad" />
                ) : (
                  <TriangleAlert size={15} aria-label="Warning" className="mt-0.5 shrink-0 text-warn" />
                )}
                <span className="min-w-0 break-words">
                  <code className="font-mono text-xs">{at}</code> {message}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Panel>
  );
}

function UpstreamCard({ name }: { readonly name: string }) {
  const upstream = useQuery({
    queryKey: ["agents", "upstream-card", name],
    queryFn: async ({ signal }) => await (await send(path`/v1/agents/${name}/card?form=upstream`, { signal })).text(),
  });
  return (
    <Loaded query={upstream} what="the agent's own card">
      {(text) => <CardText text={text} label="The card as the agent gave it" />}
    </Loaded>
  );
}

function CardText({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div className="flex flex-col gap-1">
      <div className="self-end">
        <CopyButton text={text} label="Copy the card" />
      </div>
      <JsonView label={label} value={text} maxChars={100_000} />
    </div>
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
