import type { Message, Part } from "@berth/protocol";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Columns2 } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { whoAmI } from "../../api/session.ts";
import type { Agent } from "../../api/types.ts";
import { useKeys } from "../../shell/keys.ts";
import { Button } from "../../ui/button.tsx";
import { SelectField } from "../../ui/field.tsx";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { shellWord } from "../../ui/shell-word.ts";
import { Empty, Loaded } from "../../ui/status.tsx";
import { newMessageId } from "../task/send-message.ts";
import { ArtifactPanel } from "./artifact-panel.tsx";
import { agentsQuery, versionsQuery } from "./chat-queries.ts";
import { Composer } from "./composer.tsx";
import type { Conversation } from "./conversation.ts";
import { ContextList } from "./context-list.tsx";
import { again, draftOf, messageOf } from "./exchange.ts";
import type { Draft } from "./exchange.ts";
import { Lane } from "./lane.tsx";
import type { TurnActions } from "./turn-view.tsx";
import type { Turn } from "./turn.ts";
import { useConversation } from "./use-conversation.ts";
import type { OpenConversation } from "./use-conversation.ts";
import { VersionField } from "./version-field.tsx";

/** Talk to an agent as a caller of it, over A2A itself; on request to two of its versions at once. */
export function ChatScreen() {
  const [search] = useSearchState();
  const agents = useQuery(agentsQuery);
  const name = search["agent"] ?? agents.data?.agents[0]?.name;
  return (
    <Page title="Chat" cli={`npx a2a chat ${shellWord(name ?? "AGENT")}`}>
      <Loaded query={agents} what="agents">
        {({ agents: listed }) => {
          const agent = listed.find((each) => each.name === name);
          if (agent !== undefined) return <Chat agent={agent} agents={listed} />;
          return (
            <Panel>
              <Empty
                title={listed.length === 0 ? "There is no agent to talk to" : `There is no agent ${name ?? ""} here`}
                command="npx a2a deploy examples/echo"
              >
                Deploy one, or import one that runs elsewhere.
              </Empty>
            </Panel>
          );
        }}
      </Loaded>
    </Page>
  );
}

const PLACE = ["context", "context2", "artifact", "version", "version2", "skill"] as const;

function Chat({ agent, agents }: { readonly agent: Agent; readonly agents: readonly Agent[] }) {
  const [search, setSearch] = useSearchState();
  const who = useQuery(whoAmI);
  const versions = useQuery(versionsQuery(agent.name));
  const isSplit = search["version2"] !== undefined;
  const [fork, setFork] = useState<{ readonly draft: Draft; readonly taskId: string }>();
  const [pending, setPending] = useState<{ readonly draft: Draft; readonly forkOf: string }>();
  const lanes = [useLane(agent, "version", "context"), useLane(agent, "version2", "context2", isSplit)] as const;
  const skill = agent.skills.find(({ id }) => id === search["skill"]);
  useKeys(useMemo(() => [{ keys: "/", does: "Write a message", run: focusComposer }], []));

  function start(contextId: string | undefined) {
    setFork(undefined);
    setSearch({ context: contextId, context2: undefined, artifact: undefined }, { push: true });
  }
  function send(draft: Draft) {
    if (fork === undefined) {
      for (const lane of lanes) lane.send(draft, undefined);
      return;
    }
    // A changed message begins another conversation: it is sent when that one is there.
    setPending({ draft, forkOf: fork.taskId });
    start(undefined);
  }
  const isFresh = lanes.every(({ open }) => open === undefined || (open.isNew && open.conversation.turns.length === 0));
  useEffect(() => {
    if (pending === undefined || !isFresh) return;
    setPending(undefined);
    for (const lane of lanes) lane.send(pending.draft, pending.forkOf);
    // The lanes are made anew with each render; what counts is whether they are fresh.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [pending, isFresh]);
  const actionsOf = (lane: UsedLane): TurnActions => ({
    onStop: (turn) => void lane.open?.conversation.stop(turn.key),
    onRetry: (turn) => lane.retry(turn),
    onFork: (turn, message) => {
      const draft = draftOf(message);
      setFork({ draft, taskId: turn.view?.task.id ?? "" });
      setSearch({ skill: draft.call?.skill });
    },
    onAnswer: (turn, part) => lane.answer(turn, part),
    onOpenArtifact: (taskId, artifactId) => setSearch({ artifact: `${taskId}/${artifactId}` }),
  });
  const artifact = findArtifact(lanes, search["artifact"]);
  const skills = agent.skills.length < 2 ? [] : agent.skills.slice(0, 6).map(({ name }) => name);
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <div className="grid grid-cols-2 items-end gap-2 md:flex md:flex-wrap">
        <SelectField
          label="Agent"
          value={agent.name}
          onChange={(event) => setSearch({ ...NOWHERE, agent: event.target.value }, { push: true })}
        >
          {agents.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </SelectField>
        <SelectField label="By" value={skill?.id ?? ""} onChange={(event) => setSearch({ skill: event.target.value })}>
          <option value="">a message</option>
          {agent.skills.map(({ id, name }) => (
            <option key={id} value={id}>
              skill: {name}
            </option>
          ))}
        </SelectField>
        <VersionField
          label="Version"
          versions={versions.data ?? []}
          value={search["version"]}
          onChange={(version) => setSearch({ version, context: undefined, artifact: undefined })}
        />
        {isSplit ? (
          <VersionField
            label="Beside it"
            versions={versions.data ?? []}
            value={search["version2"]}
            onChange={(version2) => setSearch({ version2: version2 ?? LIVE, context2: undefined })}
          />
        ) : undefined}
        {(versions.data ?? []).length === 0 ? undefined : (
          <Button
            aria-pressed={isSplit}
            onClick={() =>
              setSearch({ version2: isSplit ? undefined : (versions.data?.[0]?.label ?? LIVE), context2: undefined })
            }
          >
            <Columns2 size={15} aria-hidden />
            {isSplit ? "One version" : "Compare two"}
          </Button>
        )}
      </div>
      <div
        className={`grid min-w-0 gap-3 lg:h-[calc(100dvh-13rem)] lg:min-h-112 ${artifact === undefined ? "lg:grid-cols-[15rem_minmax(0,1fr)]" : "lg:grid-cols-[15rem_minmax(0,1fr)] xl:grid-cols-[15rem_minmax(0,1fr)_minmax(0,1fr)]"}`}
      >
        <ContextList
          agent={agent.name}
          principalId={who.data?.id ?? ""}
          selected={search["context"]}
          onSelect={start}
        />
        <div className="flex min-h-0 min-w-0 flex-col rounded-lg border border-line bg-bg max-lg:h-[80dvh]">
          <div className={`flex min-h-0 flex-1 divide-line max-md:flex-col max-md:divide-y md:divide-x`}>
            {lanes.map((lane, at) =>
              at === 0 || isSplit ? (
                <Lane
                  key={at}
                  title={isSplit ? <LaneTitle text={lane.title} /> : undefined}
                  agent={isSplit ? `${agent.name} (${lane.title})` : agent.name}
                  description={agent.description}
                  skills={skills}
                  open={lane.open}
                  actions={actionsOf(lane)}
                />
              ) : undefined,
            )}
          </div>
          <Composer
            agent={agent.name}
            skill={skill}
            fork={fork?.draft}
            onForget={() => setFork(undefined)}
            onSend={send}
          />
        </div>
        {artifact === undefined ? undefined : (
          <ArtifactPanel artifact={artifact} onClose={() => setSearch({ artifact: undefined })} />
        )}
      </div>
    </div>
  );
}

const NOWHERE = Object.fromEntries(PLACE.map((name) => [name, undefined]));
/** The second lane without a release of its own: where the traffic goes. */
const LIVE = "live";

function LaneTitle({ text }: { readonly text: string }) {
  return <h2 className="border-b border-line bg-panel px-3 py-1.5 text-xs font-semibold">{text}</h2>;
}

interface UsedLane {
  readonly open: OpenConversation | undefined;
  readonly title: string;
  readonly send: (draft: Draft, forkOf: string | undefined) => void;
  readonly retry: (turn: Turn) => void;
  readonly answer: (turn: Turn, part: Part) => void;
}

/** One conversation of the screen, whose version and context stand in the address. */
function useLane(agent: Agent, versionName: string, contextName: string, isShown: boolean = true): UsedLane {
  const [search, setSearch] = useSearchState();
  const queries = useQueryClient();
  const version = search[versionName];
  const contextId = search[contextName];
  const address = version === undefined || version === LIVE ? agent.name : `${version}--${agent.name}`;
  const open = useConversation({ address: isShown ? address : undefined, agent: agent.name, contextId });
  const learnt = open?.isNew === true ? open.conversation.contextId : undefined;
  const announced = useRef<Conversation>(undefined);
  useEffect(() => {
    // Once for each conversation: whoever goes elsewhere afterwards is not brought back.
    if (learnt === undefined || open === undefined || announced.current === open.conversation) return;
    announced.current = open.conversation;
    setSearch({ [contextName]: learnt });
    void queries.invalidateQueries({ queryKey: ["contexts"] });
  }, [learnt, open, contextName, setSearch, queries]);
  const here = open?.conversation.contextId ?? contextId;
  const place = here === undefined ? {} : { contextId: here };
  return {
    open,
    title: version === undefined || version === LIVE ? "where the traffic goes" : `release ${version}`,
    send: (draft, forkOf) => {
      const message: Message = messageOf(draft, forkOf === undefined || forkOf === "" ? place : { forkOf });
      open?.conversation.send(message);
    },
    retry: (turn) => open?.conversation.send(again(turn.sent, here)),
    answer: (turn, part) =>
      open?.conversation.answer(turn.key, {
        messageId: newMessageId(),
        role: "ROLE_USER",
        parts: [part],
        taskId: turn.view?.task.id ?? "",
        ...place,
      }),
  };
}

function findArtifact(lanes: readonly UsedLane[], place: string | undefined) {
  if (place === undefined) return undefined;
  const at = place.indexOf("/");
  const [taskId, artifactId] = [place.slice(0, at), place.slice(at + 1)];
  const tasks = lanes.flatMap(({ open }) => open?.conversation.turns ?? []).map(({ view }) => view?.task);
  return tasks.find((task) => task?.id === taskId)?.artifacts?.find((each) => each.artifactId === artifactId);
}

function focusComposer(): void {
  document.querySelector<HTMLElement>("[data-composer]")?.focus();
}
