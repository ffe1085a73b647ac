import { nextStates } from '../state/change-model.ts';
import { objections } from '../state/change-rules.ts';
import { type Row, valueOf } from '../state/row.ts';
import type { Store } from '../state/store.ts';

type Transition = {
  readonly from_state: string;
  readonly to_state: string;
  readonly display_value: string;
  readonly transition_available: boolean;
  readonly automatic_transition: boolean;
  readonly conditions: readonly {
    readonly passed: boolean;
    readonly condition: { readonly name: string; readonly description: string };
  }[];
};

/** What `GET /change/{id}/nextstates` answers. The state that the change is in is among those that it may have. */
export type NextStates = {
  readonly available_states: readonly string[];
  readonly state_transitions: readonly (readonly Transition[])[];
  readonly state_label: Readonly<Record<string, string>>;
};

/** The states that follow; transitions with their conditions only where the change has a model. */
export function nextStatesOf(store: Store, change: Row): NextStates {
  const from = valueOf(change, 'state');
  const next = nextStates(valueOf(change, 'type'), from);
  const label = (state: string): string => {
    const choices = store.dictionary.column('change_request', 'state')?.choices ?? [];
    return choices.find(({ value }) => value === state)?.label ?? state;
  };
  const available = [from, ...next];
  const state_label = Object.fromEntries(available.map((state) => [state, label(state)]));
  if (valueOf(change, 'chg_model') === '')
    return { available_states: available, state_transitions: [], state_label };
  const transitions = next.map((to): Transition[] => {
    const found = objections(store, change, { ...change, state: to });
    return [
      {
        from_state: from,
        to_state: to,
        display_value: `${label(from)} to ${label(to)}`,
        transition_available: found.length === 0,
        automatic_transition: false,
        conditions: found.map(({ rule, why }) => ({
          passed: false,
          condition: { name: rule, description: why },
        })),
      },
    ];
  });
  return { available_states: available, state_transitions: transitions, state_label };
}
