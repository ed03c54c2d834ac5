import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { FormEvent } from "react";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextArea, TextField } from "../../ui/field.tsx";
import { formText } from "../../ui/form-text.ts";
import { Failure } from "../../ui/status.tsx";
import { saveItem } from "./memory.ts";
import type { Space } from "./memory.ts";

/** A text for the agent to remember, in the space that is shown. */
export function AddMemory({ space }: { readonly space: Space }) {
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const [metadataError, setMetadataError] = useState<string>();
  const saving = useMutation({
    mutationFn: async (item: Parameters<typeof saveItem>[1]) => await saveItem(space, item),
    onSuccess: async () => {
      setOpen(false);
      await queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith("memory-") });
    },
  });
  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [text, source, key, said] = ["text", "source", "key", "metadata"].map((name) => formText(form, name));
    const metadata = readObject(said ?? "");
    setMetadataError(metadata === undefined ? "It is not a JSON object." : undefined);
    if (metadata === undefined || text === undefined) return;
    saving.mutate({
      text,
      metadata,
      ...(source === "" || source === undefined ? {} : { source }),
      ...(key === "" || key === undefined ? {} : { key }),
    });
  }
  return (
    <>
      <Button onClick={() => setOpen(true)}>Remember …</Button>
      {isOpen ? (
        <Dialog title={`Something for ${space.agent} to remember`} onClose={() => setOpen(false)}>
          <form onSubmit={onSubmit} className="flex flex-col gap-3">
            <TextArea label="Text" name="text" rows={5} required data-autofocus />
            <TextField label="Where it comes from" name="source" hint="Shown with every passage." />
            <TextField label="Key" name="key" hint="What is saved under it later takes its place." />
            <TextArea
              label="Metadata"
              name="metadata"
              rows={2}
              placeholder='{"topic":"billing"}'
              className="font-mono text-xs"
              {...(metadataError === undefined ? {} : { error: metadataError })}
            />
            {saving.error === null ? undefined : <Failure error={saving.error} />}
            <div className="flex justify-end gap-2">
              <Button onClick={() => setOpen(false)}>Cancel</Button>
              <Button type="submit" look="primary" disabled={saving.isPending}>
                Remember
              </Button>
            </div>
          </form>
        </Dialog>
      ) : undefined}
    </>
  );
}

function readObject(text: string): object | undefined {
  if (text === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
