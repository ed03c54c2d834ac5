import { useEffect, useEffectEvent, useState, useSyncExternalStore } from "react";
import { useSearchState } from "../../../ui/search-state.ts";
import type { PlayState } from "../model/playback.ts";
import { Player } from "./player.ts";

/** While the playhead moves the address stays; where it stops is what the address says. */
const SETTLE_MS = 200;

/** The playhead of a screen, with `?at=<seq>` as its place. */
export function usePlayer(): { readonly player: Player; readonly state: PlayState } {
  const [search, setSearch] = useSearchState();
  const [player] = useState(() => {
    const created = new Player();
    created.seek(seqOf(search["at"]));
    return created;
  });
  const state = useSyncExternalStore(player.subscribe, player.state);
  useEffect(() => () => player.dispose(), [player]);
  const save = useEffectEvent((seq: number | undefined) => {
    if (seqOf(search["at"]) !== seq) setSearch({ at: seq === undefined ? undefined : String(seq) });
  });
  useEffect(() => {
    if (state.isPlaying) return undefined;
    const timer = setTimeout(() => save(state.seq), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [state.isPlaying, state.seq]);
  return { player, state };
}

function seqOf(text: string | undefined): number | undefined {
  const seq = Number(text);
  return text !== undefined && Number.isSafeInteger(seq) && seq > 0 ? seq : undefined;
}
