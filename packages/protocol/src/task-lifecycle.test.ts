import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TaskState } from "./a2a.ts";
import {
  LifecycleEvent,
  TASK_LIFECYCLE,
  agentReportOf,
  isInterrupted,
  isTerminal,
  nextState,
} from "./task-lifecycle.ts";

const STATES = Object.values(TaskState);
const EVENTS = Object.values(LifecycleEvent);
const TERMINAL = STATES.filter(isTerminal);
const OPEN = STATES.filter((state) => !isTerminal(state));

/** Where a sequence of events leads; a refused event leaves the state as it is. */
function run(start: TaskState, events: readonly LifecycleEvent[]): TaskState {
  let state = start;
  for (const event of events) {
    const transition = nextState(state, event);
    if ("to" in transition) state = transition.to;
  }
  return state;
}

describe("task lifecycle", () => {
  it("L1: has an answer for every state and event", () => {
    expect(Object.keys(TASK_LIFECYCLE).toSorted()).toEqual(STATES.toSorted());
    for (const state of STATES) {
      expect(Object.keys(TASK_LIFECYCLE[state]).toSorted()).toEqual(EVENTS.toSorted());
    }
  });

  it("L2: never leaves a terminal state, whatever comes", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TERMINAL),
        fc.array(fc.constantFrom(...EVENTS), { maxLength: 20 }),
        (state, events) => {
          expect(run(state, events)).toBe(state);
        },
      ),
    );
  });

  it.each(TERMINAL)("L3: ignores what the agent or the platform reports after %s", (state) => {
    for (const event of [...STATES.map(agentReportOf), LifecycleEvent.PlatformFailed]) {
      expect(nextState(state, event)).toEqual({ refuse: "IGNORED" });
    }
  });

  it.each(TERMINAL)("L4: refuses a message and a cancel after %s, each in its own words", (state) => {
    expect(nextState(state, LifecycleEvent.UserMessage)).toEqual({ refuse: "UNSUPPORTED_OPERATION" });
    expect(nextState(state, LifecycleEvent.CancelRequested)).toEqual({ refuse: "TASK_NOT_CANCELABLE" });
  });

  it.each(OPEN)("L5: can be canceled and failed from %s", (state) => {
    expect(nextState(state, LifecycleEvent.CancelRequested)).toEqual({ to: TaskState.Canceled });
    expect(nextState(state, LifecycleEvent.PlatformFailed)).toEqual({ to: TaskState.Failed });
  });

  it("L6: never returns to SUBMITTED once work began", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 30 }), (events) => {
        let state: TaskState = TaskState.Submitted;
        let began = false;
        for (const event of events) {
          state = run(state, [event]);
          began ||= state !== TaskState.Submitted;
          expect(began && state === TaskState.Submitted).toBe(false);
        }
      }),
    );
  });

  it("L7: a message wakes an interrupted task and leaves an active one as it is", () => {
    for (const state of OPEN) {
      const expected = isInterrupted(state) ? TaskState.Working : state;
      expect(nextState(state, LifecycleEvent.UserMessage)).toEqual({ to: expected });
    }
  });

  it("L8: takes the agent's word or ignores it", () => {
    for (const state of OPEN) {
      for (const reported of STATES) {
        const transition = nextState(state, agentReportOf(reported));
        const backToStart = reported === TaskState.Submitted && state !== TaskState.Submitted;
        expect(transition).toEqual(backToStart ? { refuse: "IGNORED" } : { to: reported });
      }
    }
  });

  it("L9: every state is reachable, and the end is one step away", () => {
    const reached = new Set<TaskState>([TaskState.Submitted]);
    for (const state of reached) {
      for (const event of EVENTS) reached.add(run(state, [event]));
    }
    expect([...reached].toSorted()).toEqual(STATES.toSorted());
    for (const state of OPEN) expect(EVENTS.some((event) => isTerminal(run(state, [event])))).toBe(true);
  });

  it("L10: no state is both terminal and interrupted", () => {
    expect(STATES.filter((state) => isTerminal(state) && isInterrupted(state))).toEqual([]);
    expect(STATES.filter(isInterrupted)).toEqual([TaskState.InputRequired, TaskState.AuthRequired]);
  });
});
