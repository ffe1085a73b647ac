import { Script, createContext } from 'node:vm';
import type { Call } from './calls.ts';
import { type BoundRecord, ScriptRecord, rememberedColumns } from './platform/glide-record.ts';
import { type PlatformNames, platformNames } from './platform/namespace.ts';

/** The code of an app that its scripts can reach. */
export type AppCode = {
  /** `sys_module` by path, each as a function of `exports` and `require`. */
  readonly modules: ReadonlyMap<string, string>;
  /** `sys_script_include` by API name, such as `x_scope.Name`. */
  readonly includes: ReadonlyMap<string, string>;
};

/** One script to run, with the records it is handed under their names. */
export type ScriptJob = {
  readonly name: string;
  readonly source: string;
  readonly records: Readonly<Record<string, BoundRecord | null>>;
  /** Other globals that the script is handed. */
  readonly values?: Readonly<Record<string, unknown>>;
};

/** What the platform's engine lacks, and a clock that is the instance's. */
const PRELUDE = new Script(
  `(function (now) {
    const SystemDate = Date;
    function InstanceDate(...parts) {
      if (!new.target) return new SystemDate(now()).toString();
      return parts.length === 0 ? new SystemDate(now()) : new SystemDate(...parts);
    }
    InstanceDate.prototype = SystemDate.prototype;
    InstanceDate.now = now;
    InstanceDate.parse = SystemDate.parse;
    InstanceDate.UTC = SystemDate.UTC;
    globalThis.Date = InstanceDate;
    globalThis.Class = {
      create: () =>
        function (...values) {
          this.initialize?.(...values);
        },
    };
    for (const name of ['Reflect', 'Atomics', 'SharedArrayBuffer', 'WebAssembly', 'FinalizationRegistry', 'WeakRef']) {
      delete globalThis[name];
    }
  })`,
  { filename: 'prelude' },
);

/** Runs scripts of an app, each in a context of its own, as the platform gives each transaction its own. */
export class ScriptRuntime {
  readonly #call: Call;
  readonly #code: AppCode;
  readonly #compiled = new Map<string, Script>();

  constructor(call: Call, code: AppCode) {
    this.#call = call;
    this.#code = code;
  }

  /**
   * Runs the script and returns the value of its last statement. Throws what the script throws, or when
   * it runs longer than `timeoutMs`.
   */
  run(job: ScriptJob, timeoutMs?: number): unknown {
    const columns = rememberedColumns(this.#call);
    const names = platformNames(this.#call, columns);
    const records = Object.entries(job.records).map(([name, record]) => [
      name,
      record === null ? null : new ScriptRecord(this.#call, columns, record.table, record),
    ]);
    const globals = { ...names.globals, ...Object.fromEntries(records), ...job.values };
    const context = createContext(globals, { codeGeneration: { strings: false, wasm: false } });
    PRELUDE.runInContext(context)(() => this.#call('now', undefined));
    const loaded = new Map<string, Record<string, unknown>>();
    globals['require'] = (path: string) => this.#require(path, '', names, context, loaded);
    this.#offerIncludes(globals, context);
    return this.#script(job.name, job.source).runInContext(
      context,
      timeoutMs === undefined ? {} : { timeout: timeoutMs },
    );
  }

  /** A script include is loaded when a script first names it, under its scope: `x_scope.Name`. */
  #offerIncludes(globals: Record<string, unknown>, context: object): void {
    for (const [apiName, source] of this.#code.includes) {
      const [scope = '', name = ''] = apiName.split('.');
      const namespace = globals[scope] ?? {};
      globals[scope] = namespace;
      Object.defineProperty(namespace, name, {
        get: () => {
          if (!(name in globals)) this.#script(apiName, source).runInContext(context);
          return globals[name];
        },
      });
    }
  }

  #require(
    path: string,
    from: string,
    names: PlatformNames,
    context: object,
    loaded: Map<string, Record<string, unknown>>,
  ): Record<string, unknown> {
    const platform = names.modules.get(path);
    if (platform !== undefined) return platform;
    const key = this.#resolve(path, from);
    const known = loaded.get(key);
    if (known !== undefined) return known;
    const exports: Record<string, unknown> = {};
    loaded.set(key, exports);
    const script = this.#script(key, this.#code.modules.get(key) ?? '');
    script.runInContext(context)(exports, (next: string) => this.#require(next, key, names, context, loaded));
    return exports;
  }

  /** A relative path is read from the module that asks; the newer resolver's `./src/…` from the package. */
  #resolve(path: string, from: string): string {
    const relative = path.startsWith('.');
    const direct = relative && from !== '' ? new URL(path, `module:///${from}`).pathname.slice(1) : path;
    const wanted = relative && from === '' ? path.slice(1) : direct;
    const found = [...this.#code.modules.keys()].find((key) => key === direct || key.endsWith(wanted));
    if (found === undefined) throw new Error(`Module not found: ${path} (from ${from || 'a script'})`);
    return found;
  }

  #script(name: string, source: string): Script {
    const known = this.#compiled.get(source);
    if (known !== undefined) return known;
    const script = new Script(source, { filename: name });
    this.#compiled.set(source, script);
    return script;
  }
}
