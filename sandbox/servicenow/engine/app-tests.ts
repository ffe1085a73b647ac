import { type Row, valueOf } from '../state/row.ts';
import type { Instance } from '../state/instance.ts';
import { SYSTEM } from '../state/row.ts';
import type { Engine } from './engine.ts';

/** How one test of the app's own suite ended. `unsupported`: it has a step that the stand-in does not know. */
export type AppTestOutcome = {
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'unsupported';
  readonly detail: string;
};

/** Runs the tests that the app ships (`sys_atf_test`), each step in its order. */
export function runAppTests(instance: Instance, engine: Engine): AppTestOutcome[] {
  const { store } = instance;
  if (store.dictionary.table('sys_atf_test') === undefined) return [];
  return store
    .all('sys_atf_test')
    .filter((test) => valueOf(test, 'active') === 'true')
    .map((test) => runTest(instance, engine, test));
}

function runTest(instance: Instance, engine: Engine, test: Row): AppTestOutcome {
  const name = valueOf(test, 'name');
  const steps = instance.store
    .lookup('sys_atf_step', 'test', valueOf(test, 'sys_id'))
    .toSorted((a, b) => Number(valueOf(a, 'order')) - Number(valueOf(b, 'order')));
  let detail = '';
  for (const step of steps) {
    try {
      const told = runStep(instance, engine, step);
      if (told === undefined) return { name, result: 'unsupported', detail: valueOf(step, 'display_name') };
      detail = told;
    } catch (error) {
      return { name, result: 'failed', detail: error instanceof Error ? error.message : String(error) };
    }
  }
  return { name, result: 'passed', detail };
}

/** What the step reported; undefined when its kind is not known. Throws when it fails. */
function runStep(instance: Instance, engine: Engine, step: Row): string | undefined {
  const values = instance.store
    .lookup('sys_variable_value', 'document_key', valueOf(step, 'sys_id'))
    .map((row) => valueOf(row, 'value'));
  switch (valueOf(step, 'display_name')) {
    case 'Record Insert': {
      const encoded = values.find((value) => value.endsWith('^EQ')) ?? '';
      instance.records.insert(valueOf(step, 'table'), fieldsOf(encoded), SYSTEM);
      return 'The record was inserted.';
    }
    case 'Run Server Side Script':
      return runScript(engine, values.find((value) => value.includes('stepResult')) ?? '');
    default:
      return undefined;
  }
}

function fieldsOf(encoded: string): Row {
  const pairs = encoded.split('^').map((part) => part.split('='));
  return Object.fromEntries(pairs.flatMap(([field, value]) => (value === undefined ? [] : [[field, value]])));
}

function runScript(engine: Engine, source: string): string {
  let told = '';
  let failed = false;
  const stepResult = {
    setOutputMessage: (text: unknown) => {
      told = String(text);
    },
    setFailed: () => {
      failed = true;
    },
    setSuccess: () => {
      failed = false;
    },
  };
  const assertEqual = (assertion: { name: string; shouldbe: unknown; value: unknown }): void => {
    if (assertion.shouldbe !== assertion.value) throw new Error(`${assertion.name} is wrong. ${told}`);
  };
  engine.runScript('test step', source, {
    outputs: {},
    steps: () => ({}),
    params: {},
    stepResult,
    assertEqual,
  });
  if (failed) throw new Error(told);
  return told;
}
