import type { Call } from '../calls.ts';
import { ScriptCertificateEncryption } from './certificate-encryption.ts';
import { ScriptAggregate } from './glide-aggregate.ts';
import { ScriptDateTime } from './glide-date-time.ts';
import { type Columns, ScriptRecord } from './glide-record.ts';
import { ScriptSystem } from './gs.ts';
import { ScriptRestMessage } from './rest-message.ts';

/** What scripts get from the platform: global names, and the modules that stand for them. */
export type PlatformNames = {
  readonly globals: Readonly<Record<string, unknown>>;
  readonly modules: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
};

/** Builds the platform's script API on top of calls to the instance. */
export function platformNames(call: Call, columns: Columns): PlatformNames {
  class GlideRecord extends ScriptRecord {
    constructor(table: string) {
      super(call, columns, table);
    }
  }
  class GlideAggregate extends ScriptAggregate {
    constructor(table: string) {
      super(call, table);
    }
  }
  class GlideDateTime extends ScriptDateTime {
    constructor(value?: unknown) {
      super(call, value);
    }
  }
  class RESTMessageV2 extends ScriptRestMessage {
    constructor(name?: string) {
      super(call, name);
    }
  }
  const glide = {
    gs: new ScriptSystem(call),
    GlideRecord,
    GlideRecordSecure: GlideRecord,
    GlideAggregate,
    GlideDateTime,
    CertificateEncryption: ScriptCertificateEncryption,
  };
  return {
    globals: { ...glide, sn_ws: { RESTMessageV2 } },
    modules: new Map([
      ['@servicenow/glide', complete('@servicenow/glide', glide)],
      ['@servicenow/glide/sn_ws', complete('@servicenow/glide/sn_ws', { RESTMessageV2 })],
    ]),
  };
}

/** A name that the stand-in lacks fails loudly instead of being undefined. */
function complete(module: string, names: Record<string, unknown>): Record<string, unknown> {
  return new Proxy(names, {
    get(target, key) {
      if (typeof key === 'string' && !(key in target)) {
        throw new Error(`The stand-in does not provide ${key} of ${module}.`);
      }
      return Reflect.get(target, key);
    },
  });
}
