import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { FileText, Folder as FolderIcon } from "lucide-react";
import { clsx } from "clsx";
import type { ReactNode } from "react";
import { may, whoAmI } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { MeterBar } from "../../ui/meter-bar.tsx";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { useSearchState } from "../../ui/search-state.ts";
import { shellWord } from "../../ui/shell-word.ts";
import { Empty, Loaded } from "../../ui/status.tsx";
import { formatBytes } from "../../ui/time.tsx";
import { useListKeys } from "../../ui/use-list-keys.ts";
import { FilePanel } from "./file-panel.tsx";
import { filesQuery, usageQuery } from "./file.ts";
import { crumbsOf, folderOf } from "./folder.ts";
import type { Folder } from "./folder.ts";
import { UploadButton } from "./upload-panel.tsx";

/** The organization's workspace: files by path, with their versions. */
export function FilesScreen() {
  const [search, setSearch] = useSearchState();
  const who = useQuery(whoAmI);
  const mayWrite = who.data !== undefined && may(who.data, "deploy");
  const path = search["path"];
  const prefix = search["prefix"] ?? (path === undefined ? "" : path.slice(0, path.lastIndexOf("/") + 1));
  useListKeys();
  const open = (changes: { readonly path?: string; readonly prefix?: string | undefined }) =>
    setSearch({ ...NOTHING_OPEN, ...changes }, { push: true });
  return (
    <Page
      title="Files"
      aside={<UsageNote />}
      actions={
        mayWrite ? <UploadButton prefix={prefix} onUploaded={(written) => open({ path: written })} /> : undefined
      }
      cli={
        path === undefined
          ? `npx a2a files list${prefix === "" ? "" : ` ${shellWord(prefix)}`}`
          : `npx a2a files get ${shellWord(path)} -`
      }
    >
      <div
        className={`grid min-w-0 items-start gap-4 ${path === undefined ? "" : "lg:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]"}`}
      >
        <Listing prefix={prefix} selected={path} onOpen={open} />
        {path === undefined ? undefined : (
          <FilePanel key={path} path={path} mayWrite={mayWrite} onGone={() => open({ prefix })} />
        )}
      </div>
    </Page>
  );
}

const NOTHING_OPEN = {
  path: undefined,
  prefix: undefined,
  version: undefined,
  view: undefined,
  from: undefined,
  to: undefined,
  filter: undefined,
};

function UsageNote() {
  const usage = useQuery(usageQuery).data;
  if (usage === undefined) return undefined;
  const { files, bytes, quota } = usage;
  return (
    <span className="flex items-center gap-2 text-xs text-muted">
      <MeterBar label="Space used" value={bytes} max={quota.bytes} />
      {files.toLocaleString("en")} of {quota.files.toLocaleString("en")} files, {formatBytes(bytes)} of{" "}
      {formatBytes(quota.bytes)}
    </span>
  );
}

interface ListingProps {
  readonly prefix: string;
  readonly selected: string | undefined;
  readonly onOpen: (place: { readonly path?: string; readonly prefix?: string | undefined }) => void;
}

function Listing({ prefix, selected, onOpen }: ListingProps) {
  const [search, setSearch] = useSearchState();
  const query = useInfiniteQuery(filesQuery(prefix));
  const filter = search["filter"] ?? "";
  return (
    <Panel flush>
      <header className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-2">
        <Crumbs prefix={prefix} onOpen={(to) => onOpen({ prefix: to })} />
        <div className="ml-auto w-40">
          <TextField
            label="Filter by name"
            hiddenLabel
            placeholder="Filter"
            value={filter}
            onChange={(event) => setSearch({ filter: event.target.value })}
            className="min-h-7 py-0.5 text-xs"
            data-search
          />
        </div>
      </header>
      <Loaded query={query} what="files">
        {({ pages }) => {
          const all = pages.flatMap(({ files }) => files);
          if (all.length === 0) {
            return (
              <Empty
                title={prefix === "" ? "There are no files yet" : "Nothing in this folder"}
                command="npx a2a files put sales.csv data/sales.csv"
              >
                Agents read and write here as far as the grants of their runs go.
              </Empty>
            );
          }
          return (
            <>
              <Rows
                folder={folderOf(all, prefix)}
                prefix={prefix}
                filter={filter.toLowerCase()}
                selected={selected}
                onOpen={onOpen}
              />
              {query.hasNextPage ? (
                <div className="p-3 text-center">
                  <Button small disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                    More files
                  </Button>
                </div>
              ) : undefined}
            </>
          );
        }}
      </Loaded>
    </Panel>
  );
}

function Crumbs({
  prefix,
  onOpen,
}: {
  readonly prefix: string;
  readonly onOpen: (prefix: string | undefined) => void;
}) {
  const crumbs = crumbsOf(prefix);
  return (
    <nav aria-label="Folder" className="min-w-0">
      <ol className="flex flex-wrap items-center text-sm">
        <li>
          <Button
            look="quiet"
            small
            onClick={() => onOpen(undefined)}
            aria-current={crumbs.length === 0 ? "page" : undefined}
          >
            workspace
          </Button>
        </li>
        {crumbs.map(({ name, prefix: to }, at) => (
          <li key={to} className="flex items-center">
            <span aria-hidden className="text-muted">
              /
            </span>
            <Button
              look="quiet"
              small
              onClick={() => onOpen(to)}
              aria-current={at === crumbs.length - 1 ? "page" : undefined}
            >
              {plainText(name)}
            </Button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

interface RowsProps extends ListingProps {
  readonly folder: Folder;
  readonly filter: string;
}

function Rows({ folder, prefix, filter, selected, onOpen }: RowsProps) {
  const has = (name: string): boolean => name.toLowerCase().includes(filter);
  return (
    <ul aria-label="Files" className="divide-y divide-line">
      {folder.folders
        .filter(({ name }) => has(name))
        .map((each) => (
          <Row
            key={each.prefix}
            icon={<FolderIcon size={15} aria-hidden className="text-muted" />}
            name={`${each.name}/`}
            note={`${each.files.toLocaleString("en")} ${each.files === 1 ? "file" : "files"}, ${formatBytes(each.bytes)}`}
            isCurrent={false}
            onOpen={() => onOpen({ prefix: each.prefix })}
          />
        ))}
      {folder.files
        .filter(({ path }) => has(path))
        .map((file) => (
          <Row
            key={file.path}
            icon={<FileText size={15} aria-hidden className="text-muted" />}
            name={file.path.slice(prefix.length)}
            note={`version ${file.version}, ${formatBytes(file.bytes)}`}
            isCurrent={file.path === selected}
            onOpen={() => onOpen({ path: file.path })}
          />
        ))}
    </ul>
  );
}

interface RowProps {
  readonly icon: ReactNode;
  readonly name: string;
  readonly note: string;
  readonly isCurrent: boolean;
  readonly onOpen: () => void;
}

function Row({ icon, name, note, isCurrent, onOpen }: RowProps) {
  return (
    <li>
      <button
        type="button"
        data-row
        aria-current={isCurrent}
        onClick={onOpen}
        className={clsx(
          "flex min-h-9 w-full items-center gap-2.5 border-l-3 px-3 text-left",
          isCurrent ? "border-accent bg-accent-soft" : "border-transparent hover:bg-sunken",
        )}
      >
        {icon}
        <span className="min-w-0 font-mono text-xs break-all">{plainText(name)}</span>
        <span className={clsx("ml-auto shrink-0 text-xs tabular-nums", isCurrent ? "text-text" : "text-muted")}>
          {note}
        </span>
      </button>
    </li>
  );
}
