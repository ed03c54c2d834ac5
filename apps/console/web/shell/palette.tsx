import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { useState } from "react";
import { api } from "../api/client.ts";
import type { Agent } from "../api/types.ts";
import { Dialog } from "../ui/dialog.tsx";
import { PLACES } from "./places.ts";

const ITEM =
  "flex min-h-8 cursor-pointer items-center gap-2 rounded-md px-2 text-sm data-[selected=true]:bg-accent-soft";
const GROUP = "text-xs text-muted [&_[cmdk-group-items]]:text-text";

/** Any place, agent or id from one box. What looks like an id is opened as what it is. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const agents = useQuery({
    queryKey: ["agents", "palette"],
    queryFn: async ({ signal }) => await api<{ agents: Agent[] }>("/v1/agents?pageSize=100", { signal }),
  });
  const go = (to: string) => {
    onClose();
    void navigate({ to });
  };
  const opened = byId(text.trim());
  return (
    <Dialog title="Find anything" onClose={onClose}>
      <Command label="Find anything" className="flex flex-col gap-2">
        <Command.Input
          autoFocus
          value={text}
          onValueChange={setText}
          placeholder="A place, an agent, an id …"
          className="w-full rounded-md border border-line-strong bg-panel px-2.5 py-1.5 text-sm"
        />
        <Command.List className="max-h-80 overflow-y-auto">
          <Command.Empty className="p-2 text-muted">Nothing with this name.</Command.Empty>
          {opened === undefined ? undefined : (
            <Command.Item value={text} onSelect={() => go(opened.to)} className={ITEM}>
              Open {opened.what} {text.trim()}
            </Command.Item>
          )}
          <Command.Group heading="Places" className={GROUP}>
            {PLACES.map(({ to, label, icon: Icon }) => (
              <Command.Item key={to} value={label} onSelect={() => go(to)} className={ITEM}>
                <Icon size={15} aria-hidden />
                {label}
              </Command.Item>
            ))}
          </Command.Group>
          <Command.Group heading="Agents" className={GROUP}>
            {agents.data?.agents.map(({ name, description }) => (
              <Command.Item
                key={name}
                value={`${name} ${description}`}
                onSelect={() => go(`/agents/${name}`)}
                className={ITEM}
              >
                <span className="font-medium">{name}</span>
                <span className="truncate text-muted">{description}</span>
              </Command.Item>
            ))}
          </Command.Group>
        </Command.List>
      </Command>
    </Dialog>
  );
}

/** Ids carry their kind in front. */
function byId(text: string): { readonly to: string; readonly what: string } | undefined {
  const id = encodeURIComponent(text);
  if (/^task_\w+$/.test(text)) return { to: `/tasks/${id}`, what: "the task" };
  if (/^rcpt_\w+$/.test(text)) return { to: `/receipts/${id}`, what: "the receipt" };
  if (/^dep_\w+$/.test(text)) return { to: `/deployments/${id}`, what: "the deployment" };
  if (/^[0-9a-f]{32}$/.test(text)) return { to: `/traces/${id}`, what: "the trace" };
  return undefined;
}
