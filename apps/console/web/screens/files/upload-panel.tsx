import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Upload } from "lucide-react";
import { useRef, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { Failure } from "../../ui/status.tsx";
import { formatBytes } from "../../ui/time.tsx";
import { newestVersion, upload } from "./upload.ts";

interface Conflict {
  readonly path: string;
  readonly content: File;
  readonly version: number;
}

/** Writes files into the folder that is shown. What is there already is replaced only on request, and only that version. */
export function UploadButton({
  prefix,
  onUploaded,
}: {
  readonly prefix: string;
  readonly onUploaded: (path: string) => void;
}) {
  const queries = useQueryClient();
  const picker = useRef<HTMLInputElement>(null);
  const [conflict, setConflict] = useState<Conflict>();
  const writing = useMutation({
    mutationFn: async ({
      path,
      content,
      over,
    }: {
      readonly path: string;
      readonly content: File;
      readonly over?: number;
    }) => {
      const written = await upload(path, content, over ?? "new");
      if ("conflict" in written) return { path, content, version: await newestVersion(path) };
      return written.file.path;
    },
    onSuccess: async (outcome) => {
      if (typeof outcome === "object") {
        setConflict(outcome);
        return;
      }
      setConflict(undefined);
      await queries.invalidateQueries({ predicate: ({ queryKey }) => OUTDATED.has(String(queryKey[0])) });
      onUploaded(outcome);
    },
  });
  return (
    <>
      <input
        ref={picker}
        type="file"
        className="sr-only"
        tabIndex={-1}
        aria-label="File to upload"
        onChange={(event) => {
          const content = event.target.files?.item(0);
          event.target.value = "";
          if (content !== null && content !== undefined) writing.mutate({ path: `${prefix}${content.name}`, content });
        }}
      />
      <Button onClick={() => picker.current?.click()} disabled={writing.isPending}>
        <Upload size={15} aria-hidden />
        Upload
      </Button>
      {writing.error === null || conflict !== undefined ? undefined : (
        <Dialog title="Not uploaded" onClose={() => writing.reset()}>
          <Failure error={writing.error} />
        </Dialog>
      )}
      {conflict === undefined ? undefined : (
        <Dialog title="There is a file already" onClose={() => setConflict(undefined)}>
          <div className="flex flex-col gap-3">
            <p className="text-sm">
              <code className="font-mono text-xs break-all">{plainText(conflict.path)}</code> is at version{" "}
              {conflict.version}. Yours has {formatBytes(conflict.content.size)}. If it is written over, version{" "}
              {conflict.version} stays readable.
            </p>
            {writing.error === null ? undefined : <Failure error={writing.error} />}
            <div className="flex justify-end gap-2">
              <Button onClick={() => setConflict(undefined)}>Leave it</Button>
              <Button
                look="primary"
                data-autofocus
                disabled={writing.isPending}
                onClick={() =>
                  writing.mutate({ path: conflict.path, content: conflict.content, over: conflict.version })
                }
              >
                Write version {conflict.version + 1}
              </Button>
            </div>
          </div>
        </Dialog>
      )}
    </>
  );
}

const OUTDATED: ReadonlySet<string> = new Set(["files", "files-usage", "file-history", "file-diff"]);
