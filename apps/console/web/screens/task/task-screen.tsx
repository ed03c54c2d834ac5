import { useParams } from "@tanstack/react-router";
import { Loading, Failure } from "../../ui/status.tsx";
import { Page } from "../../ui/page.tsx";
import { shellWord } from "../../ui/shell-word.ts";
import { TaskBody } from "./task-body.tsx";
import { useTaskFeed } from "./use-task-feed.ts";

/** One task: its log, and everything that is derived from it. */
export function TaskScreen() {
  const { id = "" } = useParams({ strict: false });
  const { feed, version, retry } = useTaskFeed(id);
  const accepted = feed.log.events[0]?.body;
  if (accepted?.kind === "accepted" && feed.isRead)
    return <TaskBody key={id} feed={feed} version={version} accepted={accepted} />;
  return (
    <Page
      title="Task"
      aside={<code className="font-mono text-xs break-all text-muted">{id}</code>}
      cli={`npx a2a tasks show ${shellWord(id)}`}
    >
      {feed.error === undefined ? <Loading what="the task" /> : <Failure error={feed.error} retry={retry} />}
    </Page>
  );
}
