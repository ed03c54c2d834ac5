import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { send } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { save } from "../../ui/save-button.tsx";
import { Failure } from "../../ui/status.tsx";

/** The same as CSV, made by the platform: no spreadsheet runs what callers called themselves. */
export function CsvButton({ address, name }: { readonly address: string; readonly name: string }) {
  const get = useMutation({
    mutationFn: async () => await (await send(address, { headers: { Accept: "text/csv" } })).blob(),
    onSuccess: (blob) => save(name, blob, "text/csv"),
  });
  return (
    <>
      <Button small disabled={get.isPending} onClick={() => get.mutate()}>
        <Download size={13} aria-hidden />
        Save as CSV
      </Button>
      {get.error === null ? undefined : <Failure error={get.error} />}
    </>
  );
}
