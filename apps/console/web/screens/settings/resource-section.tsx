import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { UseQueryResult } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import type { JsonSchema } from "../../api/types.ts";
import { Button } from "../../ui/button.tsx";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Panel } from "../../ui/panel.tsx";
import { SchemaForm } from "../../ui/schema-form/schema-form.tsx";
import { Empty, Failure, Loaded } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import type { Column } from "../../ui/table.tsx";

interface Creation {
  /** "Create key": the button and the title. */
  readonly label: string;
  readonly schema: JsonSchema;
  readonly initial?: unknown;
  readonly act: (value: unknown) => Promise<unknown>;
  /** What is shown once afterwards, such as a secret; absent: the dialog closes. */
  readonly shown?: (answer: unknown) => ReactNode;
}

interface Removal<Row> {
  /** "Revoke" */
  readonly verb: string;
  readonly nameOf: (row: Row) => string;
  readonly act: (row: Row) => Promise<unknown>;
  readonly consequence: string;
  /** Rows that are gone already. */
  readonly isOffered?: (row: Row) => boolean;
}

export interface ResourceSectionProps<Row> {
  readonly title: string;
  readonly what: string;
  readonly about: ReactNode;
  /** Begins the keys of what is asked again after a change. */
  readonly queryKey: string;
  readonly query: UseQueryResult<readonly Row[]>;
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  readonly empty: { readonly title: string; readonly command: string };
  readonly creation?: Creation;
  readonly removal?: Removal<Row>;
}

/** A list of settings of one kind: shown, added to by a form, removed after a question. */
export function ResourceSection<Row>(props: ResourceSectionProps<Row>) {
  const { title, what, about, queryKey, query, columns, keyOf, empty, creation, removal } = props;
  const [isCreating, setIsCreating] = useState(false);
  const [removed, setRemoved] = useState<Row | undefined>();
  const all: readonly Column<Row>[] =
    removal === undefined ? columns : [...columns, removeColumn(removal, (row) => setRemoved(row))];
  return (
    <Panel
      title={title}
      flush
      actions={
        creation === undefined ? undefined : (
          <Button small onClick={() => setIsCreating(true)}>
            <Plus size={13} aria-hidden />
            {creation.label}
          </Button>
        )
      }
    >
      <div className="border-b border-line px-4 py-3 text-muted">{about}</div>
      <Loaded query={query} what={what}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty {...empty} />
          ) : (
            <Table caption={`${title}, listed`} columns={all} rows={rows} keyOf={keyOf} />
          )
        }
      </Loaded>
      {isCreating && creation !== undefined ? (
        <CreateDialog creation={creation} queryKey={queryKey} onClose={() => setIsCreating(false)} />
      ) : undefined}
      {removed !== undefined && removal !== undefined ? (
        <RemoveDialog row={removed} removal={removal} queryKey={queryKey} onClose={() => setRemoved(undefined)} />
      ) : undefined}
    </Panel>
  );
}

function removeColumn<Row>({ verb, nameOf, isOffered }: Removal<Row>, onRemove: (row: Row) => void): Column<Row> {
  return {
    head: "Actions",
    align: "right",
    cell: (row) =>
      isOffered?.(row) === false ? undefined : (
        <Button small look="quiet" aria-label={`${verb} ${nameOf(row)}`} onClick={() => onRemove(row)}>
          {verb}
        </Button>
      ),
  };
}

interface CreateDialogProps {
  readonly creation: Creation;
  readonly queryKey: string;
  readonly onClose: () => void;
}

function CreateDialog({ creation, queryKey, onClose }: CreateDialogProps) {
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: creation.act,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [queryKey] });
      if (creation.shown === undefined) onClose();
    },
  });
  return (
    <Dialog title={creation.label} onClose={onClose}>
      {create.isSuccess && creation.shown !== undefined ? (
        <div className="flex flex-col gap-3">
          {creation.shown(create.data)}
          <Button className="self-start" onClick={onClose}>
            Done
          </Button>
        </div>
      ) : (
        <SchemaForm
          label={creation.label}
          schema={creation.schema}
          submitLabel={creation.label}
          isBusy={create.isPending}
          onSubmit={(value) => create.mutate(value)}
          {...(creation.initial === undefined ? {} : { initial: creation.initial })}
        >
          {create.error === null ? undefined : (
            <div className="order-first w-full">
              <Failure error={create.error} />
            </div>
          )}
        </SchemaForm>
      )}
    </Dialog>
  );
}

interface RemoveDialogProps<Row> {
  readonly row: Row;
  readonly removal: Removal<Row>;
  readonly queryKey: string;
  readonly onClose: () => void;
}

function RemoveDialog<Row>({ row, removal, queryKey, onClose }: RemoveDialogProps<Row>) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: async () => await removal.act(row),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [queryKey] });
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={`${removal.verb} ${removal.nameOf(row)}`}
      action={removal.verb}
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {removal.consequence}
    </ConfirmDialog>
  );
}
