import { CircleAlert, FileArchive, FolderOpen } from "lucide-react";
import { useRef } from "react";
import { Button } from "../../ui/button.tsx";
import { formatBytes } from "../../ui/time.tsx";
import { chooseFiles, findObjections } from "./choose-files.ts";
import type { ChosenFolder } from "./choose-files.ts";

export type ChosenSource = { readonly objections: readonly string[] } & (
  | { readonly kind: "folder"; readonly folder: ChosenFolder }
  | { readonly kind: "archive"; readonly file: File }
);

const MAX_SHOWN = 8;
const MAX_PACKED_BYTES = 64 * 1_048_576;

export interface ChooseSourceProps {
  readonly source: ChosenSource | undefined;
  readonly onChoose: (source: ChosenSource) => void;
}

/** A folder of this machine, packed here in the browser, or an archive that was packed elsewhere. */
export function ChooseSource({ source, onChoose }: ChooseSourceProps) {
  const folderInput = useRef<HTMLInputElement>(null);
  const archiveInput = useRef<HTMLInputElement>(null);
  async function chooseFolder(files: FileList | null) {
    if (files === null || files.length === 0) return;
    const picked = [...files].map((file) => ({ webkitRelativePath: file.webkitRelativePath, content: file }));
    const folder = chooseFiles(picked);
    onChoose({ kind: "folder", folder, objections: await findObjections(folder) });
  }
  function chooseArchive(files: FileList | null) {
    const file = files?.[0];
    if (file === undefined) return;
    const isTooLarge = file.size > MAX_PACKED_BYTES;
    onChoose({ kind: "archive", file, objections: isTooLarge ? ["It is larger than 64 MiB."] : [] });
  }
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => folderInput.current?.click()}>
          <FolderOpen size={15} aria-hidden />
          Choose a folder
        </Button>
        <Button onClick={() => archiveInput.current?.click()}>
          <FileArchive size={15} aria-hidden />
          Choose a .tar.gz
        </Button>
        <input
          ref={folderInput}
          type="file"
          webkitdirectory=""
          aria-label="Folder"
          tabIndex={-1}
          className="hidden"
          onChange={(event) => void chooseFolder(event.currentTarget.files)}
        />
        <input
          ref={archiveInput}
          type="file"
          accept=".tgz,.gz,application/gzip"
          aria-label="Archive"
          tabIndex={-1}
          className="hidden"
          onChange={(event) => chooseArchive(event.currentTarget.files)}
        />
      </div>
      {source === undefined ? <Explanation /> : <Chosen source={source} />}
    </div>
  );
}

function Explanation() {
  return (
    <div className="flex max-w-prose flex-col gap-2 text-muted">
      <p>
        An agent is a folder with its code: TypeScript or JavaScript, Rust, or a WebAssembly module, and an optional{" "}
        <code className="font-mono text-xs">berth.json</code>. It is packed in this browser; only what is listed here
        afterwards is sent.
      </p>
      <p>
        Dependencies, version control, <code className="font-mono text-xs">.env</code> files and private keys stay on
        this machine. What <code className="font-mono text-xs">.gitignore</code> and{" "}
        <code className="font-mono text-xs">.berthignore</code> name is left out by the command line only.
      </p>
    </div>
  );
}

function Chosen({ source }: { readonly source: ChosenSource }) {
  return (
    <div className="flex flex-col gap-3" role="status">
      {source.kind === "archive" ? (
        <p>
          <strong className="break-all">{source.file.name}</strong>, {formatBytes(source.file.size)}
        </p>
      ) : (
        <Folder folder={source.folder} />
      )}
      {source.objections.map((objection) => (
        <p key={objection} className="flex items-start gap-2 font-medium text-bad">
          <CircleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />
          <span className="min-w-0 break-words">{objection}</span>
        </p>
      ))}
    </div>
  );
}

function Folder({ folder: { name, entries, bytes, leftOut } }: { readonly folder: ChosenFolder }) {
  const shown = entries.toSorted((a, b) => a.path.split("/").length - b.path.split("/").length).slice(0, MAX_SHOWN);
  const out = [...leftOut];
  return (
    <>
      <p>
        <strong className="break-all">{name}</strong>, {entries.length} {entries.length === 1 ? "file" : "files"},{" "}
        {formatBytes(bytes)}
      </p>
      <ul className="rounded-md bg-sunken p-3 font-mono text-xs">
        {shown.map(({ path, content }) => (
          <li key={path} className="flex gap-3">
            <span className="min-w-0 flex-1 break-all">{path}</span>
            <span className="text-muted tabular-nums">{formatBytes(content.size)}</span>
          </li>
        ))}
        {entries.length > shown.length ? (
          <li className="text-muted">and {entries.length - shown.length} more</li>
        ) : undefined}
      </ul>
      {out.length === 0 ? undefined : (
        <p className="text-sm text-muted">
          Left out:{" "}
          {out
            .slice(0, MAX_SHOWN)
            .map(([path, files]) => `${path}${files > 1 ? ` (${files} files)` : ""}`)
            .join(", ")}
          {out.length > MAX_SHOWN ? ` and ${out.length - MAX_SHOWN} more` : ""}
        </p>
      )}
    </>
  );
}
