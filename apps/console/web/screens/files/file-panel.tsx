import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Download, Trash2 } from "lucide-react";
import { useState } from "react";
import { api, search as query } from "../../api/client.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { CheckField } from "../../ui/check-field.tsx";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { save } from "../../ui/save-button.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { Time, formatBytes } from "../../ui/time.tsx";
import { DiffPanel } from "./diff-panel.tsx";
import { fetchFile, fileAddress, historyQuery } from "./file.ts";
import type { WorkspaceFile } from "./file.ts";
import { Preview } from "./preview.tsx";

/** One file: its content, its versions, and how they differ. */
export function FilePanel({
  path,
  mayWrite,
  onGone,
}: {
  readonly path: string;
  readonly mayWrite: boolean;
  readonly onGone: () => void;
}) {
  const history = useQuery(historyQuery(path));
  return (
    <Loaded query={history} what="the file">
      {({ versions }) => <Versions path={path} versions={versions} mayWrite={mayWrite} onGone={onGone} />}
    </Loaded>
  );
}

interface VersionsProps {
  readonly path: string;
  readonly versions: readonly WorkspaceFile[];
  readonly mayWrite: boolean;
  readonly onGone: () => void;
}

function Versions({ path, versions, mayWrite, onGone }: VersionsProps) {
  const [search, setSearch] = useSearchState();
  const [newest] = versions;
  const shown = versions.find(({ version }) => String(version) === search["version"]) ?? newest;
  if (newest === undefined || shown === undefined) return <p className="text-sm text-muted">There is no such file.</p>;
  const view = search["view"] ?? "content";
  const tabs = [
    { id: "content", label: "Content" },
    { id: "versions", label: `Versions (${versions.length})` },
    ...(versions.length > 1 ? [{ id: "diff", label: "Difference" }] : []),
  ];
  return (
    <Panel
      title={plainText(path.slice(path.lastIndexOf("/") + 1))}
      flush
      actions={
        <>
          {shown === newest ? undefined : <Badge tone="warn">an older version</Badge>}
          <CopyButton text={path} label="Copy the path" />
          {shown.digest === undefined ? undefined : (
            <Button small onClick={() => void download(shown)}>
              <Download size={13} aria-hidden />
              Save
            </Button>
          )}
          {mayWrite && newest.digest !== undefined ? <DeleteButton path={path} onGone={onGone} /> : undefined}
        </>
      }
    >
      <p className="flex flex-wrap gap-x-3 gap-y-1 px-4 pt-3 text-xs text-muted">
        <span>version {shown.version}</span>
        <span>{formatBytes(shown.bytes)}</span>
        <span>{plainText(shown.mediaType)}</span>
        <Time at={shown.at} />
        <Writer file={shown} />
      </p>
      <div className="pt-2">
        <Tabs
          label="File"
          tabs={tabs}
          selected={view}
          onSelect={(id) => setSearch({ view: id === "content" ? undefined : id })}
        >
          {view === "versions" ? (
            <VersionTable
              versions={versions}
              onOpen={(version) => setSearch({ version: String(version), view: undefined })}
            />
          ) : view === "diff" ? (
            <DiffPanel
              path={path}
              versions={versions}
              from={Number(search["from"] ?? versions[1]?.version ?? 0)}
              to={Number(search["to"] ?? newest.version)}
              onChange={({ from, to }) => setSearch({ from: String(from), to: String(to) })}
            />
          ) : (
            <Preview file={shown} />
          )}
        </Tabs>
      </div>
    </Panel>
  );
}

function Writer({ file }: { readonly file: WorkspaceFile }) {
  const { runId, by } = file;
  if (runId === undefined) return <span>by {plainText(by)}</span>;
  return (
    <span>
      by the run{" "}
      <Link to="/tasks/$id" params={{ id: runId }} className="font-mono underline">
        {runId}
      </Link>
    </span>
  );
}

function VersionTable({
  versions,
  onOpen,
}: {
  readonly versions: readonly WorkspaceFile[];
  readonly onOpen: (version: number) => void;
}) {
  return (
    <Table
      caption="Versions, the newest first"
      rows={versions}
      keyOf={({ version }) => String(version)}
      columns={[
        {
          head: "Version",
          cell: ({ version, digest }) =>
            digest === undefined ? (
              `${version}, deleted`
            ) : (
              <Button small look="quiet" onClick={() => onOpen(version)}>
                {version}
              </Button>
            ),
        },
        { head: "Bytes", align: "right", cell: ({ bytes }) => formatBytes(bytes) },
        { head: "When", cell: ({ at }) => <Time at={at} /> },
        { head: "By", cell: (file) => <Writer file={file} /> },
        {
          head: "Content",
          wide: true,
          cell: ({ digest }) => <code className="font-mono text-xs">{digest?.slice(7, 19) ?? ""}</code>,
        },
      ]}
    />
  );
}

function DeleteButton({ path, onGone }: { readonly path: string; readonly onGone: () => void }) {
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const [history, setHistory] = useState(false);
  const removing = useMutation({
    mutationFn: async () =>
      await api(`${fileAddress("files", path)}${query({ history: history ? true : undefined })}`, { method: "DELETE" }),
    onSuccess: async () => {
      setAsking(false);
      await queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith("file") });
      onGone();
    },
  });
  return (
    <>
      <Button small look="danger" onClick={() => setAsking(true)}>
        <Trash2 size={13} aria-hidden />
        Delete …
      </Button>
      {isAsking ? (
        <ConfirmDialog
          title="Delete the file"
          action={history ? "Delete with all versions" : "Delete"}
          isBusy={removing.isPending}
          error={removing.error}
          onConfirm={() => removing.mutate()}
          onClose={() => setAsking(false)}
        >
          <div className="flex flex-col gap-3">
            <p className="text-sm">
              <code className="font-mono text-xs break-all">{plainText(path)}</code> is gone for agents and people.{" "}
              {history ? "Nothing of it can be read any more." : "Its versions stay readable."}
            </p>
            <CheckField
              label="Its older versions too, for good"
              checked={history}
              onChange={(event) => setHistory(event.target.checked)}
            />
          </div>
        </ConfirmDialog>
      ) : undefined}
    </>
  );
}

async function download(file: WorkspaceFile): Promise<void> {
  const answer = await fetchFile(file.path, file.version);
  save(
    file.path.slice(file.path.lastIndexOf("/") + 1),
    new Blob([await answer.blob()], { type: "application/octet-stream" }),
    "",
  );
}
